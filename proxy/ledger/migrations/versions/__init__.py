"""One file per step; names start with r and a number, in order."""
