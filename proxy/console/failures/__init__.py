"""The pages *Failures*: what went wrong for customers, each followed from their message until they are whole."""
