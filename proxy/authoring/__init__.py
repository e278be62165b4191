"""Tools for policy owners: what is wrong in the documents, what changed in them, and what they leave unanswered."""
