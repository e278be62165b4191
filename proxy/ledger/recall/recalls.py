"""Recalls in the ledger: begun, gone on with answer by answer, and what they found.

A recall that was killed goes on where it stood: what it found, how far it is and its counts are one write.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select, update

from proxy.ledger.answers.search import DOCUMENT
from proxy.ledger.database import Read, insert_new
from proxy.ledger.errors import LedgerError
from proxy.ledger.masking import mask
from proxy.ledger.recall.records import Finding, KeptFinding, Outcome, Recall, RecallState
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.references import is_by_change
from proxy.ledger.rows import record_of, row_of
from proxy.ledger.schema import (
    answer_marks,
    corpus_documents,
    decisions,
    document_placements,
    failure_states,
    recall_findings,
    recalls,
)
from proxy.ledger.texts import StoreText
from proxy.ledger.writer import Submit, lock_named

_AT_ONCE = 500


class UnknownRecall(LedgerError):
    """There is no such recall."""

    def __init__(self, ref: str) -> None:
        super().__init__(f"there is no recall {ref}; `cxai recall list` names them")


class RecallElsewhere(LedgerError):
    """Somebody else has gone on with the recall meanwhile."""

    def __init__(self, ref: str) -> None:
        super().__init__(f"recall {ref} is being gone on with by another process; let one of them end")


@dataclass(frozen=True, slots=True)
class Which:
    """Which answers; all of it has to hold. ``since`` is inclusive, ``until`` exclusive.

    ``document`` is one that a claim rests on; ``versions`` are the corpus versions that answers were judged by.
    """

    tenant: str = DEFAULT_TENANT
    since: datetime | None = None
    until: datetime | None = None
    document: str | None = None
    versions: tuple[str, ...] | None = None


class Recalls:
    """Made by ``Ledger.recalls``. All methods raise LedgerError; what they write is durable when they return."""

    def __init__(self, read: Read, submit: Submit, level: StoreText) -> None:
        self._read, self._submit, self._level = read, submit, level

    def count(self, which: Which) -> int:
        """How many answers these are."""
        return int(self._read(_answers(which, func.count()))[0][0])

    def changed_versions(
        self, tenant: str, today: Mapping[str, str], since: datetime | None = None
    ) -> tuple[str, ...]:
        """The corpus versions of a tenant's answers that today's documents, by id and content hash, differ from.

        A version names what was in force for somebody. It differs where a document of it has another text today or is
        gone, and where there is a text today that was first kept after the version was: of answers given ``since`` a
        time, where it was first kept after that, too.
        """
        used = select(decisions.c.corpus_version).where(decisions.c.tenant == tenant).distinct()
        if since is not None:
            used = used.where(decisions.c.created_at >= since)
        first = func.min(document_placements.c.kept_at).label("kept_at")
        placed = select(document_placements.c.content_hash, first).group_by(
            document_placements.c.content_hash
        )
        known = {row.content_hash: row.kept_at for row in self._read(placed)}
        named: dict[str, list[Row[Any]]] = {}
        for row in self._read(select(corpus_documents).where(corpus_documents.c.corpus_version.in_(used))):
            named.setdefault(row.corpus_version, []).append(row)
        return tuple(
            sorted(version for version, rows in named.items() if _differs(rows, today, known, since))
        )

    def begin(self, recall: Recall) -> None:
        """Begin a recall; the same again is one."""
        row = row_of(recall)

        def write(connection: Connection) -> None:
            connection.execute(insert_new(connection, recalls), row)

        self._submit(write, lock=_lock(recall.ref)).result()

    def get(self, ref: str, *, tenant: str = DEFAULT_TENANT) -> Recall:
        """Raises UnknownRecall."""
        rows = self._read(select(recalls).where(recalls.c.ref == ref, recalls.c.tenant == tenant))
        if not rows:
            raise UnknownRecall(ref)
        return record_of(Recall, rows[0])

    def last_by_change(self, documents: str, *, tenant: str = DEFAULT_TENANT) -> Recall | None:
        """The last recall that a change to these documents, as a plan's digest names them, has brought about."""
        row = recalls.c
        own = row.tenant == tenant, row.what["documents"].as_string() == documents
        rows = self._read(select(recalls).where(*own).order_by(row.at.desc()))
        return next((record_of(Recall, one) for one in rows if is_by_change(one.ref)), None)

    def newest(self, tenant: str, *, state: str | None = None, limit: int = 50) -> list[Recall]:
        """The newest recalls first."""
        found = select(recalls).where(recalls.c.tenant == tenant)
        if state is not None:
            found = found.where(recalls.c.state == state)
        rows = self._read(found.order_by(recalls.c.at.desc(), recalls.c.ref).limit(limit))
        return [record_of(Recall, row) for row in rows]

    def answers_after(
        self, which: Which, after: tuple[datetime, str] | None, limit: int
    ) -> list[tuple[datetime, str]]:
        """When the next answers were given, and their ids, the oldest first."""
        order = decisions.c.created_at, decisions.c.response_id
        found = _answers(which, *order)
        if after is not None:
            same_instant = and_(order[0] == after[0], order[1] > after[1])
            found = found.where(or_(order[0] > after[0], same_instant))
        rows = self._read(found.order_by(*order).limit(limit))
        return [(row.created_at, row.response_id) for row in rows]

    def go_on(
        self,
        recall: Recall,
        cursor: tuple[datetime, str],
        done: int,
        counts: Mapping[str, int],
        found: Sequence[Finding],
    ) -> Recall:
        """Note what the next ``done`` answers came to, and return the recall as it stands then.

        Raises RecallElsewhere where it does not stand any more where ``recall`` says.
        """
        added = {**recall.counts}
        for name, number in counts.items():
            added[name] = added.get(name, 0) + number
        place = {"cursor_at": cursor[0], "cursor_id": cursor[1], "done": recall.done + done, "counts": added}
        here = recalls.c.ref == recall.ref, recalls.c.done == recall.done
        rows = [_finding_row(recall, one, self._level) for one in found]

        def write(connection: Connection) -> bool:
            changed = connection.execute(update(recalls).where(*here).values(place))
            if changed.rowcount != 1:
                return False
            if rows:
                connection.execute(insert_new(connection, recall_findings), rows)
            return True

        if not self._submit(write, lock=_lock(recall.ref)).result():
            raise RecallElsewhere(recall.ref)
        return self.get(recall.ref, tenant=recall.tenant)

    def end(self, recall: Recall, state: RecallState, at: datetime) -> Recall:
        """It is done, or was stopped."""
        ended = update(recalls).where(recalls.c.ref == recall.ref).values(state=state, ended_at=at)

        def write(connection: Connection) -> None:
            connection.execute(ended)

        self._submit(write, lock=_lock(recall.ref)).result()
        return self.get(recall.ref, tenant=recall.tenant)

    def findings(
        self, ref: str, *, tenant: str = DEFAULT_TENANT, ids: Collection[int] | None = None
    ) -> Iterator[KeptFinding]:
        """What a recall found, in the order in which it was said."""
        finding = recall_findings.c
        found = select(recall_findings).where(finding.ref == ref, finding.tenant == tenant)
        if ids is not None:
            found = found.where(finding.id.in_(ids))
        for row in self._read(found.order_by(finding.said_at, finding.id)):
            yield _kept(row)

    def gravest(self, ref: str, limit: int, *, tenant: str = DEFAULT_TENANT) -> list[KeptFinding]:
        """The first findings of a recall: what was wrong when it was said before what has changed since."""
        finding = recall_findings.c
        found = select(recall_findings).where(finding.ref == ref, finding.tenant == tenant)
        order = finding.outcome != Outcome.WRONG_THEN, finding.said_at, finding.id
        return [_kept(row) for row in self._read(found.order_by(*order).limit(limit))]

    def number_found(self, ref: str, *, tenant: str = DEFAULT_TENANT) -> int:
        """How many findings a recall has."""
        finding = recall_findings.c
        found = select(func.count().label("number")).where(finding.ref == ref, finding.tenant == tenant)
        return int(self._read(found)[0].number)

    def failures_by_status(self, ref: str, *, tenant: str = DEFAULT_TENANT) -> dict[str, int]:
        """Where the failures of a recall's findings stand: how many have each status."""
        finding, state = recall_findings.c, failure_states.c
        told = select(finding.failure_id).where(finding.ref == ref, finding.tenant == tenant)
        found = select(state.status, func.count().label("number")).where(state.failure_id.in_(told))
        return {row.status: row.number for row in self._read(found.group_by(state.status))}


def _kept(row: Row[Any]) -> KeptFinding:
    return KeptFinding(row.id, row.ref, record_of(Finding, row))


def _differs(
    rows: Sequence[Row[Any]], today: Mapping[str, str], known: Mapping[str, datetime], since: datetime | None
) -> bool:
    then = {row.document_id: row.content_hash for row in rows}
    if any(today.get(document_id) != content_hash for document_id, content_hash in then.items()):
        return True
    kept_at = min(row.kept_at for row in rows)
    kept_at = kept_at if since is None else max(kept_at, since)
    others = (content_hash for document_id, content_hash in today.items() if document_id not in then)
    return any(content_hash not in known or known[content_hash] > kept_at for content_hash in others)


def _finding_row(recall: Recall, finding: Finding, level: StoreText) -> dict[str, Any]:
    """The policy's words always stay; a reason may repeat what the answer said."""
    row = row_of(finding) | {"ref": recall.ref, "tenant": recall.tenant}
    if level is StoreText.NONE:
        row["reason"] = None
    elif level is StoreText.MASKED and row["reason"]:
        row["reason"] = mask(row["reason"])
    return row


def _answers(which: Which, *columns: Any) -> Select[Any]:
    found = select(*columns).select_from(decisions).where(decisions.c.tenant == which.tenant)
    if which.document is not None:
        resting = select(answer_marks.c.response_id).where(
            answer_marks.c.tenant == which.tenant,
            answer_marks.c.kind == DOCUMENT,
            answer_marks.c.value == which.document,
        )
        found = found.where(decisions.c.response_id.in_(resting))
    if which.versions is not None:
        found = found.where(decisions.c.corpus_version.in_(which.versions))
    if which.since is not None:
        found = found.where(decisions.c.created_at >= which.since)
    if which.until is not None:
        found = found.where(decisions.c.created_at < which.until)
    return found


def _lock(ref: str) -> int:
    return lock_named(f"recall {ref}")
