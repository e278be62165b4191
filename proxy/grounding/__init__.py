"""Text in, verdicts out: claims, typed values, evidence, confidence. Pure: no I/O, no web, no clock."""
