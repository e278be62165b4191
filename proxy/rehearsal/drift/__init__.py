"""Whether live traffic is still what it was when it was rehearsed."""
