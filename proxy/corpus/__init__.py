"""The official documents: reading, versions, passages, retrieval, lint."""
