"""Failures: what went wrong for customers, append-only, and what the events since come to."""
