"""What is wrong or doubtful in a corpus folder; one check a file, all named in ``registry.py``."""
