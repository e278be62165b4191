"""Why a condition has no answer, in words for the staff who read the record, instead of CEL's own."""

from __future__ import annotations

import re

_SAID = (
    (r"Key not found in map : \"?(.+?)\"?$", r'there is no "\1"'),
    (r"No matching overloads found : .*null_type", "a value that it needs is not known"),
    (
        r"No matching overloads found : (?:!_|_&&_|_\|\|_|<jump_condition>)$",
        "a value is not known, or neither true nor false",
    ),
    (r"No matching overloads found : _(.+)_\((\w+), (\w+)\)", r'"\1" does not go with (\2, \3)'),
    (
        r"unable to find descriptor for type name: cxai\.Unreadable",
        "the call's arguments cannot be read exactly",
    ),
    (r"Index error: index=(\d+) size=(\d+)", r"there is no entry \1; the list has \2, counted from 0"),
    (r"Applying SELECT to non-message type", "a value has no fields, but one of them is asked for"),
    (r"(?:iteration|Iteration) budget exceeded", "it loops over too much"),
)
_TYPES = {"int64": "int", "uint64": "uint"}


def in_words(said: str) -> str:
    """``there is no "amount"`` for ``NOT_FOUND: Key not found in map : "amount"``; what is not known stays as it is."""
    for pattern, words in _SAID:
        if found := re.search(pattern, said):
            told = found.expand(words)
            for theirs, ours in _TYPES.items():
                told = told.replace(theirs, ours)
            return told
    return said.partition(": ")[2] or said
