"""Rehearsal: recorded conversations, played again through the same flow before customers meet what is new."""
