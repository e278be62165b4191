"""Tools for policy owners: what is wrong with the documents, what changed in them, and what they do not answer."""
