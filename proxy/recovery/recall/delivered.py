"""What customers read: the sentences of a recorded answer as they were delivered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

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


def delivered_pieces(record: DecisionRecord) -> Iterator[tuple[int, str, Segment]]:
    """The pieces of all choices, each with its choice and the whole text, without what we say around them.

    A correction repeats what was wrong: whoever was told that it was wrong was not told it anew.
    """
    for choice, text in delivered_texts(record):
        ours = [one for one in _said_first(record, choice) if not one["person"]]
        for piece in segment(text):
            if not any(one["start"] <= piece.start < one["end"] for one in ours):
                yield choice, text, piece


def delivered_sentences(record: DecisionRecord) -> Iterator[tuple[int, Segment]]:
    """Those of the pieces that say something, each with its choice."""
    for choice, _, piece in delivered_pieces(record):
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
    """Whether a person wrote what stands at a place.

    Records of earlier releases do not say where: there it is what no claim of the model's is about.
    """
    if record.answered_by is None:
        return False
    if places := _said_first(record, choice):
        return any(one["person"] and one["start"] <= begins < one["end"] for one in places)
    return not any(_claims_at(record, choice, begins, ends))


def _said_first(record: DecisionRecord, choice: int) -> Sequence[JsonObject]:
    """Where what was said before the answer stands."""
    return [place for one in _choices(record, choice) for place in one.get("said_first") or ()]


def _claims_at(record: DecisionRecord, choice: int, begins: int, ends: int) -> Iterator[JsonObject]:
    for one in _choices(record, choice):
        for claim in one.get("claims") or ():
            if claim.get("start") is not None and claim["start"] < ends and begins < claim["end"]:
                yield claim


def _choices(record: DecisionRecord, choice: int) -> Iterator[JsonObject]:
    """The record's choice of this number; one made before choices were numbered stands in its place."""
    return (one for number, one in enumerate(record.choices) if int(one.get("choice", number)) == choice)
