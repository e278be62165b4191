"""The command line, for the tests of what customers asked."""

from support.command_line import cxai

__all__ = ["cxai"]  # a fixture that lives beside what it runs
