"""Personal details replaced by made-up ones of the same shape and length: the same detail always by the same one.

    "Mail jane@example.com, born 1990-04-05" -> "Mail pufo@uletdci.wum, born 1990-11-17"

What the ledger masks is replaced (proxy/ledger/masking.py says what that is), and wherever else in the conversation the
same words stand, so that an answer about "Mia" still agrees with the tool's result that named her. Offsets stay true.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from proxy.ledger.masking import personal_details
from proxy.rehearsal.suite.model import Conversation, JsonObject

_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxyz"
_ISO_DATE = re.compile(r"(\d{4})-\d\d-\d\d")
_TEXT_FIELDS = ("content", "text", "arguments", "refusal")
Find = Callable[[str], Iterable[str]]  # which details are in a text
SHORTEST = 2  # characters; a single one is no detail by which anybody is found


class Replacing:
    """Replaces with one secret ``key``: who has not the key cannot find out what stood there.

    What ``find_too`` finds is replaced as well.
    """

    def __init__(self, key: bytes, find_too: Find | None = None) -> None:
        self._key = key
        self._finders = (_masked, find_too) if find_too else (_masked,)

    def conversation(self, one: Conversation) -> Conversation:
        """The conversation with its customer, and all personal details in its texts, replaced."""
        written = one.model_dump(mode="json")
        texts = [*_texts(written["turns"]), one.id]
        details = {detail for text in texts for find in self._finders for detail in find(text)}
        if one.customer:
            details.add(one.customer)
        replaced = self._in(written, _pattern({detail for detail in details if len(detail) >= SHORTEST}))
        return Conversation.model_validate(replaced)

    def detail(self, value: str) -> str:
        """What stands in a detail's place: of the same shape and length, and always the same for the same."""
        for attempt in range(100):
            made = self._made(value, attempt)
            if made != value:
                return made
        return value  # it has neither letters nor digits

    def _in(self, written: JsonObject, pattern: re.Pattern[str] | None) -> JsonObject:
        if pattern is None:
            return written

        def replaced(text: str) -> str:
            return pattern.sub(lambda found: self.detail(found[0]), text)

        return {
            **written,
            "id": replaced(written["id"]),
            "customer": written["customer"] and replaced(written["customer"]),
            "turns": _with_texts(written["turns"], replaced),
        }

    def _made(self, value: str, attempt: int) -> str:
        numbers = self._numbers(value, attempt)
        if date := _ISO_DATE.fullmatch(value):
            return f"{date[1]}-{next(numbers) % 12 + 1:02}-{next(numbers) % 28 + 1:02}"
        return "".join(_like(character, next(numbers)) for character in value)

    def _numbers(self, value: str, attempt: int) -> Iterator[int]:
        block = 0
        while True:
            told = f"{attempt}:{block}:{value}".encode()
            yield from hmac.new(self._key, told, hashlib.sha256).digest()
            block += 1


def _masked(text: str) -> Iterator[str]:
    """What the ledger masks."""
    return (text[at.start : at.end] for at in personal_details(text))


def _like(character: str, number: int) -> str:
    """Another character of the same kind, so that names can still be read as names."""
    if character.isdigit():
        return str(number % 10)
    lower = character.lower()
    for kind in (_VOWELS, _CONSONANTS):
        if lower in kind:
            made = kind[number % len(kind)]
            return made.upper() if character.isupper() else made
    return character


def _pattern(details: set[str]) -> re.Pattern[str] | None:
    """Finds any of these as whole words, the longest first."""
    if not details:
        return None
    either = "|".join(re.escape(one) for one in sorted(details, key=lambda one: (-len(one), one)))
    return re.compile(rf"(?<![^\W_])(?:{either})(?![^\W_])")


def _texts(value: Any) -> Iterator[str]:
    """What people or models wrote, and what tools returned, in a conversation's turns."""
    if isinstance(value, dict):
        for name, one in value.items():
            if name in _TEXT_FIELDS and isinstance(one, str):
                yield one
            elif name == "facts":
                yield from (str(fact["value"]) for fact in one.values() if isinstance(fact["value"], str))
            else:
                yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _with_texts(value: Any, replaced: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: replaced(one)
            if name in (*_TEXT_FIELDS, "value") and isinstance(one, str)
            else _with_texts(one, replaced)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [_with_texts(one, replaced) for one in value]
    return value
