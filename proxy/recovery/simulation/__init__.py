"""Sixty days of a telecom through the real code: a flag that automation does not see, then a rule that does."""
