"""Makes seeded items: made-up answers from documents' sentences, and answers that two people have settled alike.

What makes the false sentences is for the caller (``cxai corpus probe`` does): here they only become items. A made-up
answer belongs to nobody: it has no customer and no case, and nobody was ever given it. Where there is a frame, it
stands in a recorded answer's place, and is asked about with that one's question.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.reviews.outcomes import is_wrong, settled
from proxy.ledger.reviews.records import SAMPLED, SEEDED_BAD, SEEDED_GOOD, Review, ReviewItem
from proxy.review.answers import Quote
from proxy.review.frames import Frame

MOST_CLAIMS = 3
OF_LATE = timedelta(days=14)
_TRUE = "supported"


@dataclass(frozen=True, slots=True)
class SeedSentence:
    """A sentence about a document, true or false, with the passage that decides it and what the machine says of it."""

    text: str
    truth: str
    source: str
    document: str
    section: str
    quote: str
    url: str | None = None
    verdict: str = _TRUE
    confidence: float | None = None
    beside: Quote | None = None  # another passage that the machine found for it

    @property
    def true(self) -> bool:
        return self.truth == _TRUE


def made_up_items(
    sentences: Sequence[SeedSentence],
    now: datetime,
    *,
    tenant: str = DEFAULT_TENANT,
    seed: int = 1,
    frames: Sequence[Frame] = (),
) -> list[ReviewItem]:
    """Answers of up to three sentences about one document each; of the false sentences one at most in each.

    Each stands in one of its document's ``frames``, which take turns; where there are none, it stands alone.
    """
    by_document: dict[str, list[SeedSentence]] = defaultdict(list)
    for one in sentences:
        by_document[one.document].append(one)
    made = []
    for document in sorted(by_document):
        lent = [one for one in frames if one.document == document]
        told = _answers(by_document[document], Random(f"{seed}:{document}"), cycle(lent or [None]))
        made += [one_answer(answer, now, tenant, frame=frame) for answer, frame in told]
    return made


def settled_items(ledger: Ledger, now: datetime, *, tenant: str = DEFAULT_TENANT) -> list[ReviewItem]:
    """The chatbot's answers of which two or more people said the same of late, for those who have not seen them.

    Confirmed failures become known errors, and what was found right, known good ones.
    """
    of_item: dict[str, list[Review]] = defaultdict(list)
    for one in ledger.reviews.reviews(tenant, since=now - OF_LATE):
        drawn = one.item.kind == SAMPLED and one.item.author is None and one.item.response_id
        if one.finished and drawn and not one.giving.simulated:
            of_item[one.item.id].append(one)
    return [_of_settled(reviews, now) for reviews in of_item.values() if _is_sure(reviews)]


def _answers(
    told: Sequence[SeedSentence], random: Random, frames: Iterator[Frame | None]
) -> Iterator[tuple[list[SeedSentence], Frame | None]]:
    """Each answer's sentences, with the frame that has a place for each of them."""
    true = [one for one in told if one.true]
    for false in (one for one in told if not one.true):
        others = [one for one in true if one.quote != false.quote]
        frame = next(frames)
        size = len(frame.places) if frame else random.randint(1, MOST_CLAIMS)
        answer = [false, *random.sample(others, min(len(others), size - 1))]
        random.shuffle(answer)
        yield answer, frame if len(answer) == size else None
    random.shuffle(true)
    while true:
        frame = next(frames)
        size = len(frame.places) if frame else random.randint(1, MOST_CLAIMS)
        answer, true = true[:size], true[size:]
        yield answer, frame if len(answer) == size else None


def one_answer(
    told: Sequence[SeedSentence], now: datetime, tenant: str = DEFAULT_TENANT, *, frame: Frame | None = None
) -> ReviewItem:
    """The seeded item that these sentences make together."""
    sources = [one.source for one in told if not one.true]
    places = frame.places if frame else range(len(told))
    claims = [{**_claim(one), "number": number} for number, one in zip(places, told, strict=True)]
    digest = hashlib.sha256("\0".join(one.text for one in told).encode()).hexdigest()[:16]
    return ReviewItem(
        id=f"ri-{digest}",
        tenant=tenant,
        key=f"made up {digest}",
        kind=SEEDED_BAD if sources else SEEDED_GOOD,
        created_at=now,
        answered_at=frame.answered_at if frame else now,
        response_id=frame.response_id if frame else None,
        content={"claims": claims} if frame else {"question": f"{_last_heading(told[0])}?", "claims": claims},
        truth={str(number): one.truth for number, one in zip(places, told, strict=True)},
        source=", ".join(sources) or "the document's own words",
    )


def _last_heading(one: SeedSentence) -> str:
    return one.section.rpartition(" › ")[2]


def _claim(one: SeedSentence) -> dict[str, Any]:
    quotes = [Quote(one.document, one.section, one.quote, one.url), *([one.beside] if one.beside else [])]
    return {
        "text": one.text,
        "kind": "policy",
        "verdict": one.verdict,
        "confidence": one.confidence,
        "action": "deliver",
        "evidence": [asdict(quote) for quote in quotes],
    }


def _is_sure(reviews: Sequence[Review]) -> bool:
    return len(reviews) > 1 and None not in settled(reviews).values() and is_wrong(reviews) is not None


def _of_settled(reviews: Sequence[Review], now: datetime) -> ReviewItem:
    item, wrong = reviews[0].item, is_wrong(reviews)
    return ReviewItem(
        id=f"ri-settled-{item.response_id}",
        tenant=item.tenant,
        key=f"settled {item.response_id}",
        kind=SEEDED_BAD if wrong else SEEDED_GOOD,
        created_at=now,
        answered_at=item.answered_at,
        risk=item.risk,
        response_id=item.response_id,
        truth={str(claim): verdict for claim, verdict in settled(reviews).items() if verdict},
        source="a failure that people confirmed" if wrong else "an answer that people found right",
    )
