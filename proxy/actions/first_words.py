"""What is said before an answer: corrections of what the customer was told, then what people answered them."""

from __future__ import annotations

from collections.abc import Iterator

from proxy.actions.corrections import correction_words
from proxy.actions.inquiry import Inquiry
from proxy.actions.persons_answers import introduced
from proxy.ledger.records import JsonObject


def first_words(inquiry: Inquiry) -> str:
    """It ends where the answer of this turn begins."""
    return "".join(text for text, _ in _pieces(inquiry))


def said_first(inquiry: Inquiry, text: str) -> list[JsonObject]:
    """Where in a delivered text those words stand, and which of them a person wrote; nothing where it has none."""
    if not text.startswith(first_words(inquiry)):
        return []
    places, at = list[JsonObject](), 0
    for piece, is_persons in _pieces(inquiry):
        places.append({"start": at, "end": at + len(piece), "person": is_persons})
        at += len(piece)
    return places


def _pieces(inquiry: Inquiry) -> Iterator[tuple[str, bool]]:
    """The words in their order, each with whether a person wrote it in this conversation's case."""
    if inquiry.corrections:
        yield correction_words(inquiry.corrections), False
    for one in inquiry.told_first:
        yield f"{introduced(one)}\n\n", False
        yield f"{one.text.strip()}\n\n", True
