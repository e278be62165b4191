"""What the page of one case shows, and what it keeps back until the reviewer has judged for themselves."""
