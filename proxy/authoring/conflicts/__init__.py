"""Contradictions between the documents themselves, with both quotes, and which of the two prevails."""
