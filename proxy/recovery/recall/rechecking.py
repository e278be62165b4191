"""One past answer against the text that was in force when it was given, and against today's: sentence by sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from proxy.actions.judged_again import facts_of_record, scope_of
from proxy.actions.rewrite import quote_of, rewrite_evidence
from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Hit, Passage, Scope
from proxy.grounding.claims.kinds import claim_of
from proxy.grounding.judging import PASSAGES, Judgement, judge_claim
from proxy.grounding.text.language import is_measured
from proxy.grounding.text.segments import Segment
from proxy.grounding.types import Claim, ClaimKind, Label, Verifier
from proxy.ledger.recall.records import Finding, Outcome
from proxy.ledger.records import DecisionRecord, JsonObject
from proxy.recovery.recall.delivered import delivered_pieces, delivered_texts

_HOLDS = (Label.SUPPORTED, Label.NOT_CHECKABLE)
ENFORCE = "enforce"
_VERSIONS_KEPT = 16  # of documents, those of today with those of the past
_Words = tuple[
    str, str, int, tuple[str, ...], str
]  # what a verdict is given by, of a passage and its document


@dataclass(frozen=True, slots=True)
class RouteNow:
    """What a route says today: which documents count, whether its own system messages do, and its mode."""

    documents: tuple[str, ...] = ("*",)
    system_as_documents: bool = False
    mode: str = ENFORCE


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What an answer came to: sentences counted by outcome, and those that do not hold.

    ``stopped_now`` are the findings that today's guard would stop, so that they hit nobody any more.
    """

    response_id: str
    counts: Mapping[str, int]
    found: tuple[Finding, ...] = ()
    stopped_now: frozenset[tuple[int, int]] = frozenset()


@dataclass(slots=True)
class Rechecker:
    """Judges past answers again. ``then`` gives the documents that a corpus version names, None where they are gone.

    ``today`` is the policy date of what holds now, but for answers that were asked as of a date of their own.
    """

    now: Corpus
    then: Callable[[str], Corpus | None]
    verifier: Verifier
    today: datetime
    routes: Mapping[str, RouteNow]
    _nothing: RouteNow = field(default_factory=RouteNow)
    _in_force: dict[str, frozenset[_Words]] = field(default_factory=dict)

    def route_of(self, record: DecisionRecord) -> RouteNow:
        """What the record's route says today; one that is gone says nothing."""
        return self.routes.get(record.route, self._nothing)

    def evidence(self, record: DecisionRecord, piece: Segment) -> Judgement:
        """A sentence of an answer held against today's documents. Raises VerifierError."""
        claim = claim_of(piece, record.question)
        scope = scope_of(record, self.today, self.route_of(record).documents)
        return self._judged(claim, record, self._hits(self.now, claim, record, scope))

    def answer(self, record: DecisionRecord) -> Rechecked:
        """Raises VerifierError."""
        version = record.versions.get("corpus")
        then = self.then(version) if version else None
        route = self.route_of(record)
        if not any(delivered_texts(record)) or then is None or route.system_as_documents:
            return Rechecked(record.response_id, {Outcome.NOT_KNOWN: 1})
        counts: Counter[str] = Counter()
        found, stopped = [], set()
        for choice, text, piece in delivered_pieces(record):
            outcome, finding = self._sentence(record, choice, text, piece, then, route)
            counts[outcome] += 1
            if finding is not None:
                found.append(finding)
                if route.mode == ENFORCE and finding.label_now not in _HOLDS:
                    stopped.add((finding.choice, finding.begins))
        return Rechecked(record.response_id, dict(counts), tuple(found), frozenset(stopped))

    def _sentence(
        self,
        record: DecisionRecord,
        choice: int,
        text: str,
        piece: Segment,
        then: Corpus,
        route: RouteNow,
    ) -> tuple[Outcome, Finding | None]:
        if not is_measured(text[: piece.end], piece.text):
            return Outcome.NOT_KNOWN, None
        claim = claim_of(piece, record.question)
        if claim.kind is ClaimKind.NOT_CHECKABLE:
            return Outcome.STILL_RIGHT, None
        date = record.policy_date or record.created_at
        today = date if _has_own_date(record) else self.today
        scope_then = scope_of(record, date, route.documents)
        scope_now = scope_of(record, today, route.documents)
        hits_then = self._hits(then, claim, record, scope_then)
        hits_now = self._hits(self.now, claim, record, scope_now)
        label = _recorded(record, choice, piece, self.verifier.version)
        label_then = label or self._judged(claim, record, hits_then).verdict.label
        if (
            label_then in _HOLDS
            and _all_among(hits_then, self._words_in_force(self.now, scope_now))
            and _all_among(hits_now, self._words_in_force(then, scope_then))
        ):
            return Outcome.STILL_RIGHT, None
        now = self._judged(claim, record, hits_now)
        outcome = _outcome(label_then, now.verdict.label)
        if outcome is Outcome.STILL_RIGHT:
            return outcome, None
        return outcome, _finding(record, choice, piece, outcome, label_then, now)

    def _hits(self, corpus: Corpus, claim: Claim, record: DecisionRecord, scope: Scope) -> list[Hit]:
        return corpus.retrieve(claim.reading, scope, PASSAGES, question=record.question)

    def _words_in_force(self, corpus: Corpus, scope: Scope) -> frozenset[_Words]:
        """The words of all passages that are in force in a corpus."""
        version = corpus.version(scope)
        if version not in self._in_force:
            ids = {document.id for document in corpus.in_force(scope)}
            if len(self._in_force) >= _VERSIONS_KEPT:
                self._in_force.pop(next(iter(self._in_force)))
            self._in_force[version] = frozenset(
                _words(passage) for passage in corpus.passages if passage.document.id in ids
            )
        return self._in_force[version]

    def _judged(self, claim: Claim, record: DecisionRecord, hits: Sequence[Hit]) -> Judgement:
        return judge_claim(
            claim,
            question=record.question,
            hits=hits,
            facts=facts_of_record(record),
            said=(),
            verifier=self.verifier,
        )


def _has_own_date(record: DecisionRecord) -> bool:
    """Whether it was asked as of another date than its own: what holds for a contract of then holds today."""
    date = record.policy_date
    return date is not None and abs((date - record.created_at).total_seconds()) > 1


def _outcome(then: str, now: str) -> Outcome:
    if then not in _HOLDS:
        return Outcome.WRONG_THEN
    return Outcome.STILL_RIGHT if now in _HOLDS else Outcome.CHANGED_SINCE


def _recorded(record: DecisionRecord, choice: int, piece: Segment, version: str) -> Label | None:
    """The verdict of then, where the same verifier gave it on this very sentence."""
    if record.versions.get("verifier") != version:
        return None
    for number, one in enumerate(record.choices):
        if int(one.get("choice", number)) == choice:
            for claim in one.get("claims") or ():
                if _is_of(claim, piece) and claim.get("verdict") in set(Label):
                    return Label(claim["verdict"])
    return None


def _is_of(claim: JsonObject, piece: Segment) -> bool:
    """A claim that was delivered as the model wrote it; where another sentence was put, the verdict is not its."""
    place = claim.get("start"), claim.get("end")
    return place == (piece.start, piece.end) and claim.get("action") == "deliver"


def _all_among(hits: Sequence[Hit], words: frozenset[_Words]) -> bool:
    """Whether no passage comes up that is new, changed or gone.

    The order in which the others come up, and which comes last, hangs on how often words stand in all documents: one
    changed document moves it, and no verdict that the same words gave.
    """
    return all(_words(hit.passage) in words for hit in hits)


def _words(passage: Passage) -> _Words:
    document = passage.document
    return document.id, document.title, document.authority, passage.heading_path, passage.reading


def _finding(
    record: DecisionRecord, choice: int, piece: Segment, outcome: Outcome, then: str, now: Judgement
) -> Finding:
    return Finding(
        response_id=record.response_id,
        choice=choice,
        begins=piece.start,
        ends=piece.end,
        said_at=record.created_at,
        outcome=outcome,
        customer_id=record.customer_id,
        conversation_id=record.conversation_id,
        label_then=str(then),
        label_now=str(now.verdict.label),
        reason=now.verdict.reason or None,
        **policy_of(now),
    )


def policy_of(now: Judgement) -> dict[str, str | None]:
    """The policy's words that stand against a sentence, with their place; nothing where it has none on the topic."""
    evidence = rewrite_evidence(now)
    if evidence is None:
        return {}
    quote = quote_of(now, evidence)
    return {
        "document": evidence.document,
        "section": evidence.section or None,
        "quote": quote,
        "url": evidence.url,
    }
