"""What is rehearsed: a file of recorded conversations, read, written, and freed of personal data."""
