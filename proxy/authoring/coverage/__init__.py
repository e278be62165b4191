"""What customers asked that no document answers (``cxai corpus coverage``)."""
