"""Where recorded traffic comes from: a file for each source, registered in registry.py."""
