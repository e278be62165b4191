"""A compliance team's own cases, ``policies/tests/*.yaml``: what the documents must make of an answer."""
