"""The page *Integrity*: whether people see what they approve. First for the reviewer, as help."""
