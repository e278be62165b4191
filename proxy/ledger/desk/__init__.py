"""Cases that people answer: where each stands, what was done to it, and whom that is told."""
