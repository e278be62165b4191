"""Judges that touch files or the network, behind the Verifier protocol of grounding/types.py."""
