"""The faults by kind, one file each; a new one is an entry in its file."""
