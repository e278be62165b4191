"""Who is asking, and what is known about them."""
