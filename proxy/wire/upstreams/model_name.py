"""A model's name in a request's body, put in place of another; every other byte stays."""

from __future__ import annotations

import re

import msgspec

# Of JSON only what tells how deep we are: its strings, which may hold any bracket, and the brackets outside of them.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)
_KEY = "model"
_LONGEST_KEY = len('""') + len(_KEY) * len("\\u0000")


def with_model(body: bytes, name: str) -> bytes:
    """``body``, a JSON object, with ``name`` as its model: wherever it says so, where it does more than once."""
    named = msgspec.json.encode(name)
    pieces: list[bytes] = []
    copied = depth = 0
    key_ends: int | None = None  # where the key stands whose value comes next
    for token in _TOKEN.finditer(body):
        sign = body[token.start()]
        if sign in b"{[":
            depth += 1
        elif sign in b"}]":
            depth -= 1
        elif key_ends is not None and body[key_ends : token.start()].strip() == b":":
            pieces += body[copied : token.start()], named
            copied, key_ends = token.end(), None
            continue
        key_ends = token.end() if depth == 1 and _is_key(token[0]) else None
    return b"".join([*pieces, body[copied:]])


def _is_key(token: bytes) -> bool:
    return token[:1] == b'"' and len(token) <= _LONGEST_KEY and msgspec.json.decode(token) == _KEY
