"""The ledger: what was decided about every answer, durable before the answer leaves.

    ledger = Ledger.open("sqlite:///cxai.db")
    case = ledger.escalate(EscalationRecord(...))   # the existing case, when this turn has one already
    ledger.record(DecisionRecord(...))

Every method is synchronous and may be called from any thread; those that write return after the commit is on
disk.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import URL, Connection, Engine, Row, Select

from proxy.ledger import retention
from proxy.ledger.answers import decisions, observed
from proxy.ledger.answers.contexts import forgetting
from proxy.ledger.answers.daily import Day, days
from proxy.ledger.answers.lived import LivedCounts
from proxy.ledger.answers.search import AnswerSearch
from proxy.ledger.answers.turns import TurnTable
from proxy.ledger.audit.log import AuditLog
from proxy.ledger.clock import Clock, utc_now
from proxy.ledger.customers import promises
from proxy.ledger.customers.customer import CustomerRecords
from proxy.ledger.customers.standing import Standing, standing
from proxy.ledger.database import connect, inode_of, ledger_url, place, sqlite_file
from proxy.ledger.desk import cases, told
from proxy.ledger.desk.desk import Desk
from proxy.ledger.desk.desk import Told as StepTold
from proxy.ledger.desk.people_calls import PeopleCalls
from proxy.ledger.desk.records import Routing
from proxy.ledger.errors import LedgerError, explain
from proxy.ledger.failures.signs import FailureSigns
from proxy.ledger.failures.table import FailureTable, Told
from proxy.ledger.migrations import upgrade_engine, usable_revision
from proxy.ledger.policies import corpus_versions, documents
from proxy.ledger.policies.changes import PolicyChangeTable
from proxy.ledger.policies.rule_proposals import RuleProposals
from proxy.ledger.recall.corrections import Corrections
from proxy.ledger.recall.recalls import Recalls
from proxy.ledger.recall.sentences import Sentences
from proxy.ledger.records import (
    DecisionRecord,
    DocumentVersion,
    EscalationRecord,
    JsonObject,
    ObservedAnswer,
    PromiseRecord,
)
from proxy.ledger.references import new_reference
from proxy.ledger.rehearsal.canaries import Canaries
from proxy.ledger.rehearsal.drift import DriftLooks
from proxy.ledger.rehearsal.drift_alarms import DriftAlarms
from proxy.ledger.rehearsal.register import Rehearsals
from proxy.ledger.rehearsal.roll_backs import RollBacks
from proxy.ledger.rehearsal.shadows import Shadows
from proxy.ledger.reviews.items import ReviewTable
from proxy.ledger.reviews.policy_notes import PolicyNotes
from proxy.ledger.rows import record_of, storable
from proxy.ledger.spending import SpendingTable
from proxy.ledger.staff.api_keys import KeyTable
from proxy.ledger.staff.events import StaffEvents
from proxy.ledger.staff.people import PeopleTable
from proxy.ledger.staff.sessions import SessionTable
from proxy.ledger.staff.sign_in_failures import SignInFailures
from proxy.ledger.texts import StoreText, decision_as_kept, escalation_as_kept
from proxy.ledger.writer import GroupWriter, lock_named

__all__ = ["Ledger", "LedgerError", "new_reference"]

T = TypeVar("T")
LEDGER_S = 15.0  # seconds that an answer waits for the ledger; the database's own time-outs are shorter
CONTEXTS_AT_ONCE = 1_000  # read ahead of who goes through them
# Needs all that a record needs, the lock and the right to write, and leaves nothing behind.
WRITES_NOTHING = "INSERT INTO decisions SELECT * FROM decisions WHERE 1 = 0"


class Ledger:
    """Decision records, escalations and document versions in one database. Made by ``Ledger.open``."""

    def __init__(self, engine: Engine, url: URL, store_text: StoreText, now: Clock = utc_now) -> None:
        self._engine = engine
        self.now = now
        self._where = place(url)
        self._store_text = store_text
        self._file = sqlite_file(url)
        self._inode = inode_of(self._file)
        self._writer = GroupWriter(engine, self._where, self._confirm)
        self._failure_told: Told | None = None
        self._step_told: StepTold | None = None

    @classmethod
    def open(cls, url: str, *, store_text: str = "full", upgrade: bool = True, now: Clock = utc_now) -> Self:
        """Open a ledger, and bring its tables up to date unless ``upgrade`` is False.

        ``url`` is ``sqlite:///file.db`` or ``postgresql://...``; ``store_text`` is ``full``, ``masked`` or
        ``none`` (docs/ledger.md). ``now`` is the clock by which it writes down when it learned of something.
        Raises LedgerError when the database cannot be used as it is.
        """
        level = StoreText.named(store_text)
        parsed = ledger_url(url)
        engine = connect(parsed)
        try:
            if upgrade:
                upgrade_engine(engine, place(parsed))
            ledger = cls(engine, parsed, level, now)
            ledger.ping()
            if upgrade:
                ledger.ping_writer()
        except BaseException:
            engine.dispose()
            raise
        return ledger

    def record(self, record: DecisionRecord, in_force: Mapping[str, str] | None = None) -> None:
        """Make a decision durable. The same record twice is one; another with its ``response_id`` is an error.

        ``in_force`` is what its corpus version names: the content hash by document id.
        """
        self.submit(record, in_force).result()

    def submit(
        self,
        record: DecisionRecord,
        in_force: Mapping[str, str] | None = None,
        promised: Sequence[PromiseRecord] = (),
    ) -> Future[None]:
        """``record`` without waiting: the future ends once the record is durable, or with a LedgerError.

        What the answer ``promised`` its customer is durable with it, or not at all.
        """
        kept = decision_as_kept(record, self._store_text)
        add_answer = decisions.new(kept, self._store_text, in_force or {})
        add_promises = promises.new(promised, self._store_text)

        def write(connection: Connection) -> None:
            add_answer(connection)
            add_promises(connection)

        return self._writer.submit(write)

    def escalate(
        self,
        record: EscalationRecord,
        *,
        joins_open: bool = False,
        joins_turn: bool = True,
        routing: Routing | None = None,
    ) -> EscalationRecord:
        """Make a case durable and return it as kept; ``routing`` is where a new one goes.

        ``joins_turn``: within 10 minutes the same ``dedup_key`` is the same case, whichever replica is asked.
        ``joins_open``: the customer's newest case that people still hold is, however many messages come at once.
        """
        kept = escalation_as_kept(record, self._store_text)
        joins_open = joins_open and kept.customer_id is not None
        lock = lock_named(
            f"cases of {kept.tenant} {kept.customer_id}" if joins_open else f"case {kept.dedup_key}"
        )
        write = cases.new(
            kept, self._store_text, joins_open=joins_open, joins_turn=joins_turn, routing=routing
        )
        return self._writer.submit(write, lock=lock).result()

    def answers(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        decision: str | None = None,
        mode: str | None = None,
        tenant: str | None = None,
        limit: int = 100,
    ) -> list[DecisionRecord]:
        """Decision records, newest first; ``since`` is inclusive, ``until`` exclusive."""
        query = decisions.query(
            since=since, until=until, decision=decision, mode=mode, tenant=tenant, limit=limit
        )
        return [record_of(DecisionRecord, row) for row in self._read(query)]

    def answers_in_order(
        self, *, since: datetime, until: datetime, tenant: str
    ) -> Iterator[tuple[DecisionRecord, str]]:
        """A tenant's decision records, oldest first, each with its ``store_text``; a page at a time is in memory."""
        rows = self._read(decisions.page(since=since, until=until, tenant=tenant))
        while rows:
            yield from ((record_of(DecisionRecord, row), row.store_text) for row in rows)
            rows = self._read(decisions.page(since=since, until=until, tenant=tenant, after=rows[-1]))

    def answer(self, response_id: str) -> DecisionRecord | None:
        return self.answers_by_id([response_id]).get(response_id)

    def answers_by_id(self, response_ids: Sequence[str]) -> dict[str, DecisionRecord]:
        """These answers by their ids, in this order; people's answers to cases too (``desk/told.py``).

        Those that are gone are left out.
        """
        found = {
            row.response_id: record_of(DecisionRecord, row)
            for query in decisions.by_ids(response_ids)
            for row in self._read(query)
        }
        found |= told.records(self._read, response_ids)
        return {one: found[one] for one in response_ids if one in found}

    def last_answer(
        self, tenant: str, conversation_id: str, customer_id: str | None = None
    ) -> DecisionRecord | None:
        """The last one of a conversation."""
        rows = self._read(decisions.last_query(tenant, conversation_id, customer_id))
        return record_of(DecisionRecord, rows[0]) if rows else None

    def contexts(
        self, *, since: datetime | None = None, tenant: str | None = None
    ) -> Iterator[tuple[datetime, JsonObject]]:
        """The contexts that decisions about known customers were made in, oldest first, read as they are needed."""
        query = decisions.contexts_query(since, tenant).execution_options(yield_per=CONTEXTS_AT_ONCE)
        with self._reading() as connection:
            for row in connection.execute(query):
                if row.context:
                    yield row.created_at, row.context

    def recent_customers(self, tenant: str, limit: int) -> list[str]:
        """The customers of the newest decisions, the latest first."""
        return [row.customer_id for row in self._read(decisions.customers_query(tenant, limit))]

    def escalations(
        self,
        *,
        status: str | None = None,
        since: datetime | None = None,
        tenant: str | None = None,
        limit: int = 100,
    ) -> list[EscalationRecord]:
        """Cases, newest first."""
        rows = self._read(cases.query(status=status, since=since, tenant=tenant, limit=limit))
        return [record_of(EscalationRecord, row) for row in rows]

    def overdue_escalations(self, before: datetime) -> list[EscalationRecord]:
        """Cases made before this instant that nobody has closed, oldest first."""
        return [record_of(EscalationRecord, row) for row in self._read(cases.overdue_query(before))]

    def open_cases(self, tenant: str, customer_id: str, *, limit: int) -> list[EscalationRecord]:
        """A customer's cases that nobody has closed, newest first."""
        rows = self._read(cases.open_query(tenant, storable(customer_id)).limit(limit))
        return [record_of(EscalationRecord, row) for row in rows]

    def escalation(self, ref: str) -> EscalationRecord | None:
        rows = self._read(cases.query(ref=ref))
        return record_of(EscalationRecord, rows[0]) if rows else None

    def days(self, tenant: str, since: datetime, until: datetime) -> list[Day]:
        """What happened on each day of a period, in UTC."""
        return days(self._read, tenant, since, until)

    def observe_report(
        self, *, since: datetime | None = None, tenant: str | None = None, limit: int = 100
    ) -> list[ObservedAnswer]:
        """What ``mode: observe`` and ``delivery: immediate`` let pass, worst first."""
        return [observed.observed_answer(row) for row in self._read(observed.query(since, tenant, limit))]

    def keep(self, document_id: str, path: str, content_hash: str, content: bytes) -> None:
        """Keep a document's version for good, as the last good one of its path."""
        self.keeping(document_id, path, content_hash, content).result()

    def keeping(self, document_id: str, path: str, content_hash: str, content: bytes) -> Future[None]:
        """``keep`` without waiting: the future ends once the version is durable, or with a LedgerError."""
        if self._content_hash_at(path) != content_hash:
            change = documents.placement(document_id, path, content_hash, content)
            return self._writer.submit(change, lock=lock_named(f"path {path}"))
        kept: Future[None] = Future()
        kept.set_result(None)
        return kept

    def last_good(self, path: str) -> bytes | None:
        """The content last kept for a path; None for a path never kept."""
        content_hash = self._content_hash_at(path)
        return self.document_content(content_hash) if content_hash else None

    def document_content(self, content_hash: str) -> bytes | None:
        rows = self._read(documents.content_query(content_hash))
        return bytes(rows[0].content) if rows else None

    def document_text(self, content_hash: str) -> str | None:
        """The text of a kept version (read as UTF-8); None for a hash that is not kept (any more)."""
        content = self.document_content(content_hash)
        return None if content is None else content.decode("utf-8", errors="replace")

    def document_versions(self, document_id: str) -> list[DocumentVersion]:
        """Which versions a document has had, newest first."""
        rows = self._read(documents.versions_query(document_id))
        return [DocumentVersion(row.document_id, row.path, row.content_hash, row.kept_at) for row in rows]

    def corpus_version(self, version: str) -> dict[str, str]:
        """The content hash of each document that a corpus version names; empty for a version not kept."""
        rows = self._read(corpus_versions.documents_query(version))
        return {row.document_id: row.content_hash for row in rows}

    def standing(self, tenant: str, customer_id: str, now: datetime) -> Standing:
        """How a customer stands with us at ``now``: an open case, recent failures, promises that are due."""
        with self._reading() as connection:
            return standing(connection, tenant, storable(customer_id), now)

    @property
    def turns(self) -> TurnTable:
        """The turns of conversations that can be gone on from."""
        return TurnTable(self._read, self._writer.submit, self._store_text)

    @property
    def spending(self) -> SpendingTable:
        """What judge models have cost."""
        return SpendingTable(self._read, self._writer.submit)

    @property
    def api_keys(self) -> KeyTable:
        """The keys of those who may ask."""
        return KeyTable(self._read, self._writer.submit)

    @property
    def answer_search(self) -> AnswerSearch:
        """Finds answers by what is in them."""
        return AnswerSearch(self._read, self._writer.submit)

    @property
    def policy_changes(self) -> PolicyChangeTable:
        """Who put which version of the policies in force."""
        return PolicyChangeTable(self._read, self._writer.submit)

    @property
    def policy_notes(self) -> PolicyNotes:
        """What reviewers tell the owners of policy texts."""
        return PolicyNotes(self._read, self._writer.submit)

    @property
    def canaries(self) -> Canaries:
        """Candidates that answer some customers."""
        return Canaries(self._read, self._writer.submit)

    @property
    def roll_backs(self) -> RollBacks:
        """Roll-backs of canaries, to be told."""
        return RollBacks(self._read, self._writer.submit)

    @property
    def shadows(self) -> Shadows:
        """Copies of requests that candidates were asked."""
        return Shadows(self._read, self._writer.submit, self._store_text)

    @property
    def drift(self) -> DriftLooks:
        """Whether live traffic has changed."""
        return DriftLooks(self._read, self._writer.submit)

    @property
    def drift_alarms(self) -> DriftAlarms:
        """Alarms of drift, to be told."""
        return DriftAlarms(self._read, self._writer.submit)

    @property
    def people_calls(self) -> PeopleCalls:
        """Calls for more people, to be told."""
        return PeopleCalls(self._read, self._writer.submit)

    @property
    def rule_proposals(self) -> RuleProposals:
        """Rules that one person proposes and another one approves."""
        return RuleProposals(self._read, self._writer.submit)

    @property
    def rehearsals(self) -> Rehearsals:
        """What rehearsals said of production, and what came of it."""
        return Rehearsals(self._read, self._writer.submit)

    @property
    def people(self) -> PeopleTable:
        """Who may sign in to the console."""
        return PeopleTable(self._read, self._writer.submit)

    @property
    def staff_events(self) -> StaffEvents:
        """What was done about people and API keys, and the answers that people sent."""
        return StaffEvents(self._read)

    @property
    def sessions(self) -> SessionTable:
        """The sessions of people who have signed in."""
        return SessionTable(self._read, self._writer.submit)

    @property
    def sign_in_failures(self) -> SignInFailures:
        """How often signing in has failed."""
        return SignInFailures(self._writer.submit)

    @property
    def reviews(self) -> ReviewTable:
        """What people reviewed."""
        return ReviewTable(self._read, self._writer.submit)

    @property
    def failures(self) -> FailureTable:
        """What went wrong for customers, and what was done about it."""
        submit_part = self._writer.submit_part
        return FailureTable(self._read, submit_part, self._store_text, self.now, self._failure_told)

    @property
    def failure_signs(self) -> FailureSigns:
        """What in the ledger may be a failure, or may end one."""
        return FailureSigns(self._read)

    def tell_of_failures(self, told: Told) -> None:
        """Let this be told of each event of a failure that is written from here on."""
        self._failure_told = told

    @property
    def lived(self) -> LivedCounts:
        """What customers lived through, counted."""
        return LivedCounts(self._read)

    @property
    def sentences(self) -> Sentences:
        """What was said to customers, by its meaning."""
        return Sentences(self._read, self._writer.submit)

    @property
    def recalls(self) -> Recalls:
        """Past answers that are looked at again."""
        return Recalls(self._read, self._writer.submit, self._store_text)

    @property
    def corrections(self) -> Corrections:
        """What customers are told about answers that do not hold."""
        return Corrections(self._read, self._writer.submit, self._store_text)

    @property
    def desk(self) -> Desk:
        """Where cases stand, and what people do with them."""
        return Desk(self._read, self._writer.submit, self._store_text, self.now, self._step_told)

    def tell_of_steps(self, told: StepTold) -> None:
        """Let this be told of each step of a case that is taken from here on."""
        self._step_told = told

    @property
    def audit(self) -> AuditLog:
        """The seals on what was written."""
        return AuditLog(self._reading, self._writer.submit)

    @property
    def customers(self) -> CustomerRecords:
        """What happened to customers over all channels, and what they were promised."""
        return CustomerRecords(self._read, self._writer.submit, self._store_text, self.now)

    def forget_facts(
        self,
        names: Collection[str],
        before: datetime,
        since: datetime | None = None,
        tenant: str | None = None,
    ) -> int:
        """Forget what was read for these facts in decisions made before an instant; in how many it was forgotten.

        What is older than ``since`` is not looked at: who calls this by the clock has done so before.
        """
        removed, after = 0, ""
        while after is not None:
            count, after = self._retain(
                forgetting(names, tenant=tenant, since=since, before=before, after=after)
            )
            removed += count
        return removed

    def purge(self, before: datetime) -> int:
        """Remove decision records made before this instant, and return how many.

        Turns, contacts, promises, reviews and closed cases whose last entry is older go too. Open cases stay, with
        their decisions and contacts; so do promises that are not due, and document versions that are current, or were
        when a remaining decision was made.
        """
        for old in retention.KINDS:
            while self._retain(old(before)):
                pass
        removed = 0
        while count := self._retain(retention.old_decisions(before)):
            removed += count
        self._retain(retention.unused_documents(before))
        return removed

    def ping(self) -> None:
        """Raise LedgerError unless the database can be read and has the tables that this version needs."""
        usable_revision(self._engine, self._where)
        self._confirm()

    def ping_writer(self) -> None:
        """Raise LedgerError unless records can be written now: not to a database that is locked or read-only."""
        self._writer.submit(lambda connection: connection.exec_driver_sql(WRITES_NOTHING)).result()

    def close(self) -> None:
        """Finish what waits to be written and let go of the database."""
        self._writer.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _content_hash_at(self, path: str) -> str | None:
        rows = self._read(documents.current_query(path))
        return rows[0].content_hash if rows else None

    def _retain(self, change: Any) -> Any:
        """Replicas take turns at what they all do by the clock."""
        return self._writer.submit(change, lock=lock_named("retention")).result()

    def _read(self, query: Select[Any]) -> Sequence[Row[Any]]:
        with self._reading() as connection:
            return connection.execute(query).all()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A connection to read by. What goes wrong with it is a LedgerError."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except Exception as error:
            raise explain(error, self._where) from error

    def _confirm(self) -> None:
        """An SQLite file that was deleted or replaced still takes commits, into nothing."""
        if self._file is not None and inode_of(self._file) != self._inode:
            raise LedgerError(
                f"ledger {self._where}: the file has been removed or replaced under the running process; "
                "put it back or restart, so that records are kept again"
            )
