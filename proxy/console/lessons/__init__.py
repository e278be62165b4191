"""What a failure teaches (a regression case, a seeded item, a rule, a note to a text's owner), and what waits."""
