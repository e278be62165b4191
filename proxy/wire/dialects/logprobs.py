"""Log probabilities: they pass where they spell exactly the text that was judged and left as it was.

They repeat the text token by token, so that they would give away what was repaired, and could say anything else. The
alternatives to a token pass as single words, never as sentences.

https://platform.openai.com/docs/api-reference/chat/object (choices, logprobs)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from proxy.actions.gate import Gate

JsonObject = dict[str, Any]

LONGEST_ALTERNATIVE = 64  # characters
_ONE_WORD = re.compile(r"\s*\S*\s*")


def entries_of(logprobs: Any) -> list[Any]:
    """The tokens of a choice's ``logprobs`` as they came: nobody has looked at them."""
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    return content if isinstance(content, list) else []


def passing(entries: Sequence[Any], gate: Gate | None) -> JsonObject:
    """``{"logprobs": ...}`` for a choice whose text left untouched, else nothing."""
    kept = untouched(entries, gate)
    return {"logprobs": {"content": kept, "refusal": None}} if kept else {}


def untouched(entries: Sequence[Any], gate: Gate | None) -> list[JsonObject]:
    """The entries of a text that left as it was and that they spell, else none; the gate notes what is dropped."""
    if not entries or gate is None:
        return []
    left_as_it_was = gate.closed is None and not gate.changed
    kept = spelling(entries, gate.model_text) if left_as_it_was else None
    if kept is None:
        gate.logprobs_dropped = True
        return []
    return kept


def spelling(entries: Sequence[Any], text: str) -> list[JsonObject] | None:
    """The entries with nothing in them but what they are known to hold; None where they do not spell the text."""
    kept = [_entry(entry) for entry in entries]
    read = [entry for entry in kept if entry is not None]
    if len(read) < len(kept) or _text_of(read) != text:
        return None
    for entry, raw in zip(read, entries, strict=True):
        if isinstance(raw.get("top_logprobs"), list):
            entry["top_logprobs"] = [one for one in map(_entry, raw["top_logprobs"]) if one and _is_word(one)]
        if isinstance(raw.get("offset"), int):
            entry["offset"] = raw["offset"]
    return read


def _entry(entry: Any) -> JsonObject | None:
    token, logprob = (entry.get("token"), entry.get("logprob")) if isinstance(entry, dict) else (None, None)
    if not isinstance(token, str) or not isinstance(logprob, int | float | None):
        return None
    octets = _bytes_of(entry)
    if octets is None:
        return {"token": token, "logprob": logprob}
    # Its bytes are what it says; a token may be a part of a character.
    return {"token": octets.decode("utf-8", "backslashreplace"), "logprob": logprob, "bytes": list(octets)}


def _bytes_of(entry: JsonObject) -> bytes | None:
    octets = entry.get("bytes")
    if not isinstance(octets, list) or not all(isinstance(one, int) and 0 <= one < 256 for one in octets):
        return None
    return bytes(octets)


def _text_of(entries: Sequence[JsonObject]) -> str | None:
    if not all("bytes" in entry for entry in entries):
        return "".join(entry["token"] for entry in entries)
    try:
        return b"".join(bytes(entry["bytes"]) for entry in entries).decode()
    except UnicodeDecodeError:
        return None


def _is_word(entry: JsonObject) -> bool:
    token = entry["token"]
    return len(token) <= LONGEST_ALTERNATIVE and bool(_ONE_WORD.fullmatch(token))
