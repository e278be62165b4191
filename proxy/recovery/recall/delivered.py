"""What customers read: the sentences of a recorded answer as they were delivered."""

from __future__ import annotations

import re
from collections.abc import Iterator

from proxy.grounding.text.segments import Segment, segment
from proxy.ledger.recall.sentences import Said
from proxy.ledger.records import DecisionRecord, JsonObject

_SAYS_SOMETHING = re.compile(r"[^\W\d_]{2}")


def delivered_texts(record: DecisionRecord) -> Iterator[tuple[int, str]]:
    """The text of each choice as it left, also where it is only observed; none where no text is kept."""
    for number, choice in enumerate(record.choices):
        text = choice.get("delivered_text")
        if text:
            yield int(choice.get("choice", number)), text


def delivered_sentences(record: DecisionRecord) -> Iterator[tuple[int, Segment]]:
    """The sentences of all choices, each with its choice."""
    for choice, text in delivered_texts(record):
        for piece in segment(text):
            if _SAYS_SOMETHING.search(piece.text):
                yield choice, piece


def said_of(record: DecisionRecord) -> list[Said]:
    """The sentences as the ledger keeps them."""
    return [
        Said(choice, piece.start, piece.end, piece.reading or piece.text)
        for choice, piece in delivered_sentences(record)
    ]


def sentence_at(record: DecisionRecord, choice: int, begins: int, ends: int) -> Segment | None:
    """The sentence that stands at a place; None where the text is not kept any more."""
    found = (piece for of, piece in delivered_sentences(record) if of == choice)
    return next((piece for piece in found if (piece.start, piece.end) == (begins, ends)), None)


def documents_at(record: DecisionRecord, choice: int, begins: int, ends: int) -> tuple[str, ...]:
    """The documents that the claims at a place rested on, the deciding one first; no tool's results."""
    claims = _claims_at(record, choice, begins, ends)
    named = (str(one.get("document")) for claim in claims for one in claim.get("evidence") or ())
    return tuple(dict.fromkeys(name for name in named if ":" not in name))


def is_persons(record: DecisionRecord, choice: int, begins: int, ends: int) -> bool:
    """Whether a person wrote what stands at a place: it brought theirs, and no claim of the model's is there."""
    return record.answered_by is not None and not any(_claims_at(record, choice, begins, ends))


def _claims_at(record: DecisionRecord, choice: int, begins: int, ends: int) -> Iterator[JsonObject]:
    for number, one in enumerate(record.choices):
        if int(one.get("choice", number)) != choice:
            continue
        for claim in one.get("claims") or ():
            if claim.get("start") is not None and claim["start"] < ends and begins < claim["end"]:
                yield claim
