"""The pages *Policies*: documents and when they hold, what is wrong with them, where they are used, and other texts."""
