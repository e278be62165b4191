"""Masks personal details in a text: e-mail addresses, phone numbers, cards and accounts, ids, birth dates.

    "Mail jane@example.com about ORD-20931."  ->  "Mail [email•••••••••] about [id•••••]."

A masked text is as long as the text it was made from, so that offsets into it stay true. Shapes are recognised, not
meanings: names and postal addresses in prose stay (docs/ledger.md says so); in JSON their fields are known by name.
Rather one harmless code too many than a customer's id too few.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from phonenumbers import Leniency, PhoneNumberMatcher

# Where a number without a country code is tried to be a telephone's; with one, every country's are known.
PHONE_REGIONS = ("US", "GB", "AU", "IN", "DE", "FR")

MASK = "•"
_STRING_OR_BARE_MASK = re.compile(r'"(?:[^"\\]|\\.)*"|(\[[a-z]*•*\]|[^\s{}\[\],:"]*•[^\s{}\[\],:"]*)')
_EMAIL = re.compile(r"(?<![\w.+'-])[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![\d.,])\d{4}(?:[ -]?\d{4,6}){2,4}(?:[ -]?\d{1,3})?(?![\d.,]\d)")
_MAYBE_PHONE = re.compile(r"\d(?:[ ()./-]{0,3}\d){6}")
_SHORT_PHONE = re.compile(r"(?<![\d-])\d{3}-\d{4}(?![\d-])")
_DATE = re.compile(r"\b(?:\d{4}-\d\d-\d\d(?:T\d\d(?::\d\d){0,2}(?:\.\d+)?Z?)?|\d{1,2}[./]\d{1,2}[./]\d{4})\b")
_BIRTH_DATE = re.compile(
    r"\b(?:born(?: on)?|birth(?:day| ?date)?(?: is)?|date of birth(?: is)?|d\.?o\.?b\.?)\W{1,4}"
    r"(\d[\w./-]*(?: \w+,? \d{4})?|\w+ \d{1,2}(?:st|nd|rd|th)?,? \d{4})",
    re.IGNORECASE,
)

_UUID = re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b")
_IDS = (
    re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b"),
    # A booking code, order or ticket number: capitals and digits mixed, six or more, groups joined by hyphens.
    re.compile(r"(?<![\w-])(?=[A-Z-]*\d)(?=[\d-]*[A-Z])[A-Z0-9]+(?:-[A-Z0-9]+)*(?<=[\w-]{6})(?![\w-])"),
    re.compile(r"\b[a-z]+(?:_[a-z]+)*_\d{3,}\b"),
    re.compile(r"(?<=\")[A-Z]{6}(?=\")"),
    re.compile(r"(?<![\d.,])\d{7,}(?![.,]?\d)"),
)
_NAMED_ID = re.compile(
    r"\b(?:booking|reservation|confirmation|locator|pnr|order|ticket|case|account|customer|membership|member|"
    r"frequent flyer|passport|invoice|contract|code|ids?|ref|reference|number)\b(?: is| are)?[^\w\n]{1,6}"
    r"((?=[\w-]*\d)[\w-]{5,}|(?-i:[A-Z]{6})\b)",
    re.IGNORECASE,
)
_PERSONAL_FIELD = re.compile(
    r'"[^"\\]{0,40}(?:name|dob|birth|address|street|city|zip|postal|postcode|phone|mobile|email|passport|user_?id|'
    r"customer_?id|account|iban|card_number|last_?four|last_?4|"
    r'(?:reservation|booking|order|ticket|case)_?(?:id|ref|code|number|no))[^"\\]{0,40}"\s*:\s*"((?:[^"\\]|\\.)+)"',
    re.IGNORECASE,
)


class PersonalDetail(NamedTuple):
    """``text[start:end]`` is a personal detail of the kind that ``label`` says."""

    start: int
    end: int
    label: str


def mask(text: str) -> str:
    """The text with personal details replaced by a label and dots, of the same length."""
    characters = list(text)
    for detail in personal_details(text):
        characters[detail.start : detail.end] = _cover(detail)
    return "".join(characters)


def personal_details(text: str) -> Iterator[PersonalDetail]:
    """Where personal details stand in a text; none overlaps another."""
    covered = bytearray(len(text))
    for detail in _found(text):  # what is found first gives the label
        if not any(covered[detail.start : detail.end]):
            covered[detail.start : detail.end] = b"\1" * (detail.end - detail.start)
            yield detail


def mask_json(text: str) -> str:
    """The same of a text that is JSON, which it stays: a number that is masked becomes a string."""
    return _STRING_OR_BARE_MASK.sub(lambda found: f'"{found[1]}"' if found[1] else found[0], mask(text))


def _found(text: str) -> Iterator[PersonalDetail]:
    yield from _matches(_EMAIL, text, "email")
    yield from _matches(_PERSONAL_FIELD, text, "personal")
    yield from _matches(_BIRTH_DATE, text, "birth")
    yield from _matches(_UUID, text, "id")
    yield from _matches(_IBAN, text, "account")
    yield from _matches(_CARD, text, "card")
    dates = list(_matches(_DATE, text, ""))
    yield from _phones(_DATE.sub(lambda date: "x" * len(date[0]), text))
    for pattern in (*_IDS, _NAMED_ID):
        yield from (code for code in _matches(pattern, text, "id") if not _within(code, dates))


def _matches(pattern: re.Pattern[str], text: str, label: str) -> Iterator[PersonalDetail]:
    """The pattern's matches; of one with a group, the group."""
    for match in pattern.finditer(text):
        yield PersonalDetail(*match.span(pattern.groups), label)


def _phones(text: str) -> Iterator[PersonalDetail]:
    for region in PHONE_REGIONS if _MAYBE_PHONE.search(text) else ():
        for match in PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
            yield PersonalDetail(match.start, match.end, "phone")
    yield from _matches(_SHORT_PHONE, text, "phone")


def _within(span: PersonalDetail, others: Iterable[PersonalDetail]) -> bool:
    return any(other.start <= span.start and span.end <= other.end for other in others)


def _cover(span: PersonalDetail) -> str:
    length = span.end - span.start
    if length < len(span.label) + 2:
        return MASK * length
    return f"[{span.label}{MASK * (length - len(span.label) - 2)}]"
