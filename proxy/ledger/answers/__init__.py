"""What was answered, as it was decided: written, found again, counted."""
