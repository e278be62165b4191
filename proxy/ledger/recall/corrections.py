"""Corrections in the ledger: drafted, approved by those who have to, and sent, one for each customer and recall.

Webhooks are called at least once, under one id for good. A mail is handed to its server at most once: where a process
ended between that and its note, the correction is doubtful, and a person says what became of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select, update

from proxy.ledger.database import Read, insert_new
from proxy.ledger.deliveries import Deliveries
from proxy.ledger.errors import LedgerError
from proxy.ledger.masking import mask
from proxy.ledger.recall.records import MAIL, NEXT_TURN, Correction, CorrectionState
from proxy.ledger.recall.told_before import Place, ToldBefore, told_before, told_before_query
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.rows import record_of, storable
from proxy.ledger.schema import corrections
from proxy.ledger.texts import StoreText
from proxy.ledger.writer import Submit, lock_named

_LOCK = lock_named("corrections")
MAIL_TAKES = timedelta(minutes=5)  # longer than handing a mail to its server may take
# Longer than an answer may take, whatever the settings: ``total_timeout_s`` and ``rewrite_s`` are an hour each at most.
TURN_TAKES = timedelta(hours=3)


class CorrectionRefused(LedgerError):
    """A step that cannot follow from where the correction stands; the text says why."""


@dataclass(frozen=True, slots=True)
class NewCorrection:
    """A draft. ``problem`` is why its text cannot be sent as it is; None where it can."""

    ref: str
    customer_id: str
    conversation_id: str | None
    response_id: str
    findings: tuple[int, ...]
    made_at: datetime
    text: str
    verified: bool
    problem: str | None = None
    tenant: str = DEFAULT_TENANT


class Corrections(Deliveries[Correction]):
    """Made by ``Ledger.corrections``. All methods raise LedgerError; what they change is durable when they return."""

    def __init__(self, read: Read, submit: Submit, level: StoreText) -> None:
        super().__init__(read, submit, _LOCK, corrections, _CORRECTIONS, _correction_of)
        self._level = level

    def draft(self, drafts: Sequence[NewCorrection]) -> None:
        """Add drafts; a customer who has one of this recall already keeps it."""
        rows = [
            {
                **{name: storable(getattr(one, name)) for name in _AS_GIVEN},
                "made_at": one.made_at,
                "findings": list(one.findings),
                "state": CorrectionState.DRAFT,
                "attempts": 0,
                "store_text": self._level,
            }
            for one in drafts
        ]

        def write(connection: Connection) -> None:
            connection.execute(insert_new(connection, corrections), rows)

        if rows:
            self._submit(write, lock=_LOCK).result()

    def told_before(self, ref: str, tenant: str) -> Mapping[Place, Sequence[ToldBefore]]:
        """What other recalls have told of the sentences that this one found, the newest first for each."""
        return told_before(self._read(told_before_query(ref, tenant)))

    def of(
        self,
        tenant: str,
        *,
        ref: str | None = None,
        state: str | None = None,
        customer_id: str | None = None,
        ids: Collection[int] | None = None,
        limit: int | None = None,
    ) -> list[Correction]:
        """Corrections in the order in which they were drafted, ``limit`` of them at most."""
        row = corrections.c
        found = select(corrections).where(row.tenant == tenant)
        wanted = {"ref": ref, "state": state, "customer_id": customer_id}
        found = found.where(*(row[name] == value for name, value in wanted.items() if value is not None))
        if ids is not None:
            found = found.where(row.id.in_(ids))
        return [_correction_of(one) for one in self._read(found.order_by(row.id).limit(limit))]

    def counted(self, tenant: str, ref: str | None = None) -> dict[str, dict[str, int]]:
        """How many corrections each recall has, or this one, by their state."""
        row = corrections.c
        found = select(row.ref, row.state, func.count().label("number")).where(row.tenant == tenant)
        found = found if ref is None else found.where(row.ref == ref)
        counts: dict[str, dict[str, int]] = {}
        for one in self._read(found.group_by(row.ref, row.state)):
            counts.setdefault(one.ref, {})[one.state] = one.number
        return counts

    def waiting_for(self, actor: str, tenant: str, ref: str) -> int:
        """How many drafts of a recall have nothing wrong with their text and no approval of this person."""
        row = corrections.c
        sound = (
            row.tenant == tenant,
            row.ref == ref,
            row.state == CorrectionState.DRAFT,
            row.problem.is_(None),
        )
        approvals = (one.approvals or () for one in self._read(select(row.approvals).where(*sound)))
        return sum(all(each["by"] != actor for each in those) for those in approvals)

    def rewrite(
        self, correction_id: int, text: str, *, verified: bool, problem: str | None, actor: str
    ) -> None:
        """Another text for a draft, which nobody has approved yet. Raises CorrectionRefused."""
        told = {"text": storable(text), "verified": verified, "problem": problem, "actor": actor}
        changes = {**told, **_UNAPPROVED}
        self._step(correction_id, (CorrectionState.DRAFT,), changes, "only a draft can be written anew")

    def approve(self, draft: Correction, target: str, actor: str, now: datetime, needed: int = 1) -> bool:
        """Approve a draft; with as many approvals as are ``needed``, each of another person, it is on its way: whether.

        Raises CorrectionRefused, also where its text has a problem, or was written anew since ``draft`` was read. An
        approval is of the way, too: another target begins anew.
        """
        row = corrections.c
        own = (
            row.id == draft.id,
            row.state == CorrectionState.DRAFT,
            row.problem.is_(None),
            row.text == draft.text,
        )

        def write(connection: Connection) -> bool | None:
            found = connection.execute(select(row.target, row.approvals).where(*own)).first()
            if found is None:
                return None
            before = (found.approvals or []) if found.target == target else []
            others = [one for one in before if one["by"] != actor]
            approvals = [*others, {"by": actor, "at": now.isoformat()}]
            on_its_way = len(approvals) >= needed
            changes: dict[str, Any] = {"target": target, "actor": actor, "approvals": approvals}
            if on_its_way:
                changes |= {"state": CorrectionState.APPROVED, "approved_at": now, "due_at": now}
            connection.execute(update(corrections).where(row.id == draft.id).values(changes))
            return on_its_way

        on_its_way = self._submit(write, lock=_LOCK).result()
        if on_its_way is None:
            raise CorrectionRefused(
                f"correction {draft.id}: only a draft can be approved, and only where nothing is wrong with its text "
                "and nobody has written it anew meanwhile; read it again"
            )
        return on_its_way

    def withdraw(self, correction_id: int, actor: str, now: datetime) -> None:
        """Take approvals back before it has left: it is a draft again. Raises CorrectionRefused.

        One that is being tried just now, or was tried, may have reached its customer. What a replica of an earlier
        release has taken shows by ``due_at`` alone.
        """
        row = corrections.c
        untried = row.sending_at.is_(None), row.attempts == 0, or_(row.due_at.is_(None), row.due_at <= now)
        changes = {"state": CorrectionState.DRAFT, "actor": actor, "due_at": None, **_UNAPPROVED}
        states = CorrectionState.DRAFT, CorrectionState.APPROVED
        self._step(correction_id, states, changes, "it has left, or is just being sent", *untried)

    def dismiss(self, correction_id: int, actor: str) -> None:
        """This customer is told nothing. Raises CorrectionRefused for one that is on its way or was sent."""
        states = CorrectionState.DRAFT, CorrectionState.FAILED
        changes = {"state": CorrectionState.DISMISSED, "actor": actor}
        self._step(correction_id, states, changes, "it was approved already", text=True)

    def sending(self, mail: Correction, now: datetime) -> bool:
        """Note that a mail is handed to its server now.

        False where somebody has done that already, or it is not what ``mail`` says any more: its approval was taken
        back since that was read, and what was approved then is another text, or goes another way.
        """
        row = corrections.c
        same = (row[name] == getattr(mail, name) for name in ("text", "target", "approved_at"))
        changes = {"sending_at": now, "due_at": None, "attempts": row.attempts + 1}
        states = (CorrectionState.APPROVED,)
        return self._changed(mail.id, states, changes, row.sending_at.is_(None), *same)

    def not_sent(self, correction_id: int, attempts: int, problem: str, again_at: datetime | None) -> None:
        """A mail did not leave, for certain: its server did not take it."""
        self._changed(
            correction_id,
            (CorrectionState.APPROVED,),
            {"sending_at": None, **_failed(attempts, problem, again_at)},
        )

    def in_doubt(self, correction_id: int, problem: str) -> None:
        """A mail was handed over whole, and its server did not say that it took it."""
        changes = {"state": CorrectionState.DOUBTFUL, "problem": problem[:500]}
        self._changed(correction_id, (CorrectionState.APPROVED,), changes)

    def doubt(self, before: datetime, problem: str) -> int:
        """Mails that were handed over before this instant, and nobody noted what became of them: how many."""
        row = corrections.c
        lost = row.state == CorrectionState.APPROVED, row.sending_at < before, row.done_at.is_(None)
        if not self._read(select(row.id).where(*lost).limit(1)):
            return 0
        doubtful = update(corrections).where(*lost).values(state=CorrectionState.DOUBTFUL, problem=problem)

        def write(connection: Connection) -> int:
            return connection.execute(doubtful).rowcount

        return self._submit(write, lock=_LOCK).result()

    def resolve(self, correction_id: int, *, sent: bool, actor: str, now: datetime) -> None:
        """A person says whether a doubtful mail left; one that did not is sent. Raises CorrectionRefused."""
        if sent:
            changes = {"state": CorrectionState.SENT, "done_at": now, "problem": None, "actor": actor}
        else:
            again = {"sending_at": None, "due_at": now, "problem": None, "attempts": 0}
            changes = {"state": CorrectionState.APPROVED, "actor": actor, **again}
        states = (CorrectionState.DOUBTFUL,)
        self._step(correction_id, states, changes, "nobody doubts whether it left", text=sent)

    def done(self, delivery_id: int, now: datetime) -> None:
        """It was told."""
        changes = {"state": CorrectionState.SENT, "done_at": now, "due_at": None, "problem": None}
        # One that took so long that somebody doubted it was sent all the same.
        states = CorrectionState.APPROVED, CorrectionState.DOUBTFUL
        self._changed(delivery_id, states, changes, text=True)

    def failed(self, delivery_id: int, attempts: int, problem: str, again_at: datetime | None) -> None:
        self._changed(delivery_id, (CorrectionState.APPROVED,), _failed(attempts, problem, again_at))

    def waiting(self, tenant: str, customer_id: str) -> bool:
        """Whether something is to be told to this customer at their next turn."""
        return bool(self._read(select(corrections.c.id).where(*_next_turn(tenant, customer_id)).limit(1)))

    def take_for(self, tenant: str, customer_id: str, now: datetime) -> list[Correction]:
        """What is to be told to this customer now; no other turn gets it for TURN_TAKES, or until it is given back."""
        row = corrections.c
        due = *_next_turn(tenant, customer_id), row.due_at <= now

        def write(connection: Connection) -> list[Correction]:
            rows = connection.execute(select(corrections).where(*due).order_by(row.id)).all()
            taken = row.id.in_([one.id for one in rows])
            noted = {"due_at": now + TURN_TAKES, "attempts": row.attempts + 1}
            connection.execute(update(corrections).where(taken).values(noted))
            return [_correction_of(one) for one in rows]

        return self._submit(write, lock=_LOCK).result()

    def give_back(self, taken: Collection[Correction], now: datetime, *, begun: bool) -> None:
        """A turn has ended that took these and did not tell them: the next one does.

        Where none of the answer had ``begun`` to leave, they were not tried.
        """
        row = corrections.c
        own = row.id.in_([one.id for one in taken]), row.target == NEXT_TURN
        still = row.state == CorrectionState.APPROVED, row.due_at > now
        attempts = row.attempts if begun else row.attempts - 1
        given = update(corrections).where(*own, *still).values(due_at=now, attempts=attempts)

        def write(connection: Connection) -> None:
            connection.execute(given)

        self._submit(write, lock=_LOCK).result()

    def _noted_when_taken(self, target: str) -> dict[str, Any]:
        """By webhook its customer may have been told from here on; a mail is noted when it is handed over."""
        return {} if target == MAIL else {"attempts": corrections.c.attempts + 1}

    def _step(
        self,
        correction_id: int,
        states: Collection[str],
        changes: dict[str, Any],
        otherwise: str,
        *conditions: ColumnElement[bool],
        text: bool = False,
    ) -> None:
        if not self._changed(correction_id, states, changes, *conditions, text=text):
            raise CorrectionRefused(f"correction {correction_id}: {otherwise}")

    def _changed(
        self,
        correction_id: int,
        states: Collection[str],
        changes: dict[str, Any],
        *conditions: ColumnElement[bool],
        text: bool = False,
    ) -> bool:
        """Whether it stood in one of these states and was changed. ``text``: it waits for its customer no more."""
        row = corrections.c
        own = row.id == correction_id, row.state.in_(list(states)), *conditions

        def write(connection: Connection) -> bool:
            found = connection.execute(select(row.text).where(*own)).first()
            if found is None:
                return False
            kept = {"text": _as_kept(found.text, self._level)} if text else {}
            connection.execute(update(corrections).where(row.id == correction_id).values({**changes, **kept}))
            return True

        return self._submit(write, lock=_LOCK).result()


_AS_GIVEN = (
    *("ref", "customer_id", "conversation_id", "response_id"),
    *("text", "verified", "problem", "tenant"),
)
_UNAPPROVED: dict[str, Any] = {"approvals": None, "approved_at": None, "target": None}
_CORRECTIONS = select(corrections, corrections.c.id.label("delivery_id"))


def _next_turn(tenant: str, customer_id: str) -> tuple[ColumnElement[bool], ...]:
    row = corrections.c
    whose = row.tenant == tenant, row.customer_id == customer_id
    return *whose, row.state == CorrectionState.APPROVED, row.target == NEXT_TURN


def _failed(attempts: int, problem: str, again_at: datetime | None) -> dict[str, Any]:
    state = CorrectionState.FAILED if again_at is None else CorrectionState.APPROVED
    return {"attempts": attempts, "problem": problem[:500], "due_at": again_at, "state": state}


def _as_kept(text: str | None, level: StoreText) -> str | None:
    if text is None or level is StoreText.FULL:
        return text
    return mask(text) if level is StoreText.MASKED else None


def _correction_of(row: Row[Any]) -> Correction:
    values = {**row._mapping, "findings": tuple(row.findings), "approvals": tuple(row.approvals or ())}
    return record_of(Correction, values)
