"""Recorded decisions under other rules: which customers would have been treated differently."""
