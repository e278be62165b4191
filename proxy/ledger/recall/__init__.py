"""Recall: by what delivered sentences are found again, what looking at them again came to, and the corrections sent."""
