"""Typed values: amounts, durations, dates and limits, found in text and compared."""
