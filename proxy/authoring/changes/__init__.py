"""What changed in the documents, in words, and what rested on what was there before (``cxai corpus diff``)."""
