"""Attacks and rewordings made from the documents themselves, to see what the verifier would let pass or stop."""
