"""Human review that really sees: what is reviewed next, by whom, and whether people see what they approve."""
