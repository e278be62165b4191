"""The page of the cases that wait for a person."""
