"""A suite played again, turn by turn, through a proxy; and what came of it."""
