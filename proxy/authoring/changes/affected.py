"""Which recorded answers rest on statements that changed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from proxy.authoring.changes.diff import Change
from proxy.grounding.text.segments import Segment, segment
from proxy.ledger.records import DecisionRecord, JsonObject, models_sentence

_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"[*_`|#]+")


@dataclass(frozen=True, slots=True)
class Resting:
    """A claim of a recorded answer whose evidence quotes a statement that changed.

    ``text`` is what the customer read, None where no text is kept. ``quoted`` says that the very quote is known;
    without it the claim rests on a section with such a statement.
    """

    record: DecisionRecord
    text: str | None
    segment: Segment | None
    change: Change
    quoted: bool


def resting_on(changes: Sequence[Change], records: Iterable[DecisionRecord]) -> Iterator[Resting]:
    """The claims of the records that rest on a changed statement, each once, with the first such change."""
    quotes, sections = _quotes_of(changes), _sections_of(changes)
    for record in records:
        for choice in record.choices:
            text = choice.get("would_deliver") or choice.get("delivered_text") or ""
            segments = segment(text) if text else []
            for claim in choice.get("claims") or ():
                found = _changed_evidence(claim, quotes, sections)
                if found is not None:
                    change, quoted = found
                    piece = _segment_of(claim, segments)
                    said = piece.text if piece else models_sentence(claim)
                    yield Resting(record, said or None, piece, change, quoted)


_Quotes = Mapping[str, Sequence[tuple[str, Change]]]
_Sections = Mapping[tuple[str, str], Change]


def _quotes_of(changes: Sequence[Change]) -> _Quotes:
    found: dict[str, list[tuple[str, Change]]] = defaultdict(list)
    for change in changes:
        if change.of_substance:
            found[change.was_in] += [(_folded(quote), change) for quote in change.quotes]
    return found


def _sections_of(changes: Sequence[Change]) -> _Sections:
    """Sections by their path below the title, as evidence without its quote names them."""
    found: dict[tuple[str, str], Change] = {}
    for change in changes:
        if change.of_substance and change.quotes:
            found.setdefault((change.was_in, change.was_section), change)
    return found


def _changed_evidence(claim: JsonObject, quotes: _Quotes, sections: _Sections) -> tuple[Change, bool] | None:
    for evidence in claim.get("evidence") or ():
        document, quote = str(evidence.get("document")), evidence.get("quote")
        if quote:
            folded = _folded(quote)
            change = next(
                (change for text, change in quotes.get(document, ()) if _says(change, text, folded)), None
            )
            if change is not None:
                return change, True
        elif "quote" not in evidence:
            section = str(evidence.get("section") or "").partition(" › ")[2]
            if (document, section) in sections:
                return sections[document, section], False
    return None


def _says(change: Change, passage: str, quote: str) -> bool:
    """Whether the quote is of this passage, and, where it is but a sentence of it, of the one that changed."""
    if quote not in passage:
        return False
    if quote == passage or not change.old_text:
        return True
    statement = _bare(change.old_text)
    return _bare(quote) in statement or statement in _bare(quote)


def _folded(text: str) -> str:
    return " ".join(text.split())


def _bare(text: str) -> str:
    """Without Markdown's links and marks, in which a quote and the reading of its passage differ."""
    return _MARKS.sub("", _LINK.sub(r"\1", _folded(text)))


def _segment_of(claim: JsonObject, segments: Sequence[Segment]) -> Segment | None:
    """The sentence of the delivered text that the claim's place is in."""
    start, end = claim.get("start"), claim.get("end")
    if start is None or end is None or start == end:
        return None
    return next((one for one in segments if one.start < end and start < one.end), None)
