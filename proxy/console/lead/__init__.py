"""The page *Lead*: how the system does and how well people are served, numbers side by side."""
