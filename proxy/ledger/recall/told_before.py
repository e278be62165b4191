"""What other recalls made of the same sentences: what their customers were told of them, are to be, or are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, select

from proxy.ledger.recall.records import CorrectionState, Finding
from proxy.ledger.schema import corrections, recall_findings

Place = tuple[str, int, int]  # an answer, its choice, and where the sentence begins


class ToldBefore(NamedTuple):
    """What a correction says of a sentence, or was to say, and where that correction stands."""

    outcome: str
    quote: str | None
    state: str


def place_of(finding: Finding) -> Place:
    return finding.response_id, finding.choice, finding.begins


def told_before_query(ref: str, tenant: str) -> Select[Any]:
    """What other recalls' corrections are about of what this one found, the newest first.

    One that failed at every attempt has told nobody anything.
    """
    earlier = recall_findings.alias("earlier")
    own, before, told = recall_findings.c, earlier.c, corrections.c
    same = and_(*(before[name] == own[name] for name in _SAME))
    return (
        select(*(before[name] for name in _READ), told.state, told.findings)
        .join_from(recall_findings, earlier, same)
        .join(corrections, and_(told.ref == before.ref, told.customer_id == before.customer_id))
        .where(own.ref == ref, own.tenant == tenant, before.ref != ref, told.state != CorrectionState.FAILED)
        .order_by(told.id.desc())
    )


def told_before(rows: Iterable[Row[Any]]) -> Mapping[Place, list[ToldBefore]]:
    """What that query found, by the sentences. What a recall found and left out of its correction is none of it."""
    found: dict[Place, list[ToldBefore]] = {}
    for row in rows:
        if row.id in row.findings:
            place = row.response_id, row.choice, row.begins
            found.setdefault(place, []).append(ToldBefore(row.outcome, row.quote, row.state))
    return found


_SAME = "tenant", "customer_id", "response_id", "choice", "begins"
_READ = "id", "response_id", "choice", "begins", "outcome", "quote"
