"""Reviewing answers beside live cases: a random sample of what was delivered, and second opinions."""
