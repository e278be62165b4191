"""Text in, verdicts out: claims, typed values, evidence, confidence. Pure: no I/O, no web, no clock.

text/      an answer's segments, as they arrive; languages; stems
claims/    what a segment has to rest on: policy, this customer's records, both, or nothing
values/    amounts, durations, dates and limits, found and compared
policy/    whether policy passages bear a claim out, and how sure that is
account/   whether tool results bear out what is said about this customer
judging.py one claim to one judgement: which of the two is asked
"""
