"""What a customer's message asks for beside information, and whether it is about an open case."""
