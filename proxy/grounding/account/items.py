"""What in a claim about the customer can be looked up: values, codes, names and words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from proxy.grounding.claims.account_signs import CODE
from proxy.grounding.claims.phrases import stems_in, words_in
from proxy.grounding.text.words import terms_of
from proxy.grounding.values.finding import Value, ValueKind, values_of

_CAPITALS = re.compile(r"(?<![\w-])[A-Z][A-Z0-9]{2,}(?![\w-])")
_ACRONYMS = words_in(
    """EST PST CST MST EDT PDT CDT MDT GMT UTC CET CEST BST DOB FAQ PIN USA USD EUR GBP CAD VIP SMS PDF URL APP VAT
    ETA TBD API ATM IBAN"""
)
_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)(?<=[\s(,\"“*])[A-Z][a-zà-ɏ]+(?:[A-Z][a-z]+)*(?:['’-][A-Za-z]+)*")
_NOT_NAMES = words_in(
    """january february march april may june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu
    fri sat sun i the a an your our you we and or of for to in on flight number total price date time id name
    birth class not yes"""
)
_PLACE = re.compile(r"[A-Z][\w'’.]+(?:[ -][A-Z][\w'’.]+){0,3}(?= ?\((?P<code>[A-Z]{3})\))")
_FIELD = re.compile(r"(?P<label>[^:]{1,40}):\s+(?P<value>\S.*)\Z", re.DOTALL)

_SENTENCE = re.compile(r"\b(?:I|we|you|it|is|are|was|were|has|have)\b|'", re.IGNORECASE)

CHECKED_KINDS = frozenset(
    {
        ValueKind.MONEY,
        ValueKind.PERCENT,
        ValueKind.COUNT,
        ValueKind.DATE,
        ValueKind.TIME,
        ValueKind.MEASURE,
        ValueKind.DURATION,
    }
)


@dataclass(frozen=True, slots=True)
class AccountItems:
    """A claim taken apart. ``label`` and ``value`` where it is a field ("Cabin: Economy"), else empty."""

    text: str
    values: tuple[Value, ...]
    codes: tuple[str, ...]
    names: tuple[str, ...]
    words: tuple[str, ...]
    label: str
    value: str


def items_of(text: str) -> AccountItems:
    """Take a claim's plain text apart."""
    field = _FIELD.match(text)
    codes = tuple(dict.fromkeys([*CODE.findall(text), *_capitals(text)]))
    values = tuple(
        _distinct(
            value for value in values_of(text) if value.kind in CHECKED_KINDS and not _in_code(value, codes)
        )
    )
    is_field = field and len(field["label"].split()) <= 5 and not _SENTENCE.search(field["label"])
    label, value = (field["label"], field["value"]) if field and is_field else ("", "")
    return AccountItems(text, values, codes, _names(value or text, codes), terms_of(text), label, value)


def _distinct(values: Iterable[Value]) -> Iterable[Value]:
    return {
        (value.kind, value.amount, value.high, value.unit): value for value in reversed(list(values))
    }.values()


def _in_code(value: Value, codes: tuple[str, ...]) -> bool:
    return any(value.quote in code for code in codes)


def codes_of(text: str) -> tuple[str, ...]:
    return tuple(CODE.findall(text))


def _capitals(text: str) -> list[str]:
    return [word for word in _CAPITALS.findall(text) if word not in _ACRONYMS]


def _names(text: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Words written as names, but not places whose code is given beside them."""
    known_places = {word for match in _PLACE.finditer(text) for word in match.group().split()}
    found = (word for word in _NAME.findall(text) if word not in known_places and word not in codes)
    return tuple(dict.fromkeys(word for word in found if word.lower() not in _NOT_NAMES))


def informative(words: frozenset[str]) -> frozenset[str]:
    """The stems of a key that tell what it is about."""
    return words - _VAGUE


_VAGUE = stems_in(
    """id type number total current new available scheduled est amount value details data item items list info is
    has of the at in on to by for name text result first last"""
)
