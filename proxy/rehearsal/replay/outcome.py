"""What a customer gets of one turn, and how that compares with what people found of the recorded answer.

    outcome = outcome_of(turn, answered, ...)

Only labels tell true from false here: what the guard itself finds of an answer is no measure of the guard.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from proxy.rehearsal.replay.asking import Answered
from proxy.rehearsal.suite.model import Truth, Turn

ESCALATE = "escalate"
BY_AUTOMATION = "deliver", "rewrite"
FALSE: tuple[Truth, ...] = ("contradicted", "unsupported")
Escalated = Literal["rightly", "wrongly", "unknown"]


@dataclass(frozen=True, slots=True)
class Sentences:
    """Labelled sentences: ``of`` that many, so many of them ``hit`` (delivered, or kept back)."""

    hit: int
    of: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One turn's. ``diverged``: the customer gets something else than was recorded.

    ``after_divergence``: an earlier turn of the conversation diverged; as the recorded customer did not see that, the
    turn is judged by itself. ``person_missed`` is None where nobody said whether a person was needed. ``operators`` are
    those that hit the conversation. ``text`` of a stream that broke off is what the customer had got until then.
    """

    conversation: str
    turn: int
    status: int
    decision: str | None
    verified: bool
    unverified_reason: str | None
    error: str | None
    diverged: bool
    after_divergence: bool
    false_delivered: Sentences
    true_withheld: Sentences
    harmless_withheld: Sentences
    escalated: Escalated | None
    person_missed: bool | None
    ignored_twice: bool
    had_open_case: bool
    operators: tuple[str, ...]
    text: str
    latency_ms: float = field(compare=False)
    first_ms: float = field(compare=False, default=0.0)
    streamed: bool = False


def outcome_of(
    conversation: str,
    number: int,
    turn: Turn,
    answered: Answered,
    *,
    after_divergence: bool,
    about_account: bool,
    operators: tuple[str, ...] = (),
    streamed: bool = False,
) -> Outcome:
    """``about_account``: whether the customer asked about their own account, as the proxy read it."""
    said = turn.answer.content or ""
    needed = is_for_person(turn)
    escalated = answered.decision == ESCALATE
    held = is_held(turn)
    return Outcome(
        conversation=conversation,
        turn=number,
        status=answered.status,
        decision=answered.decision,
        verified=answered.verified,
        unverified_reason=answered.unverified_reason,
        error=answered.error,
        diverged=answered.text.strip() != said.strip()
        or _told(answered.calls) != _told(turn.answer.tool_calls),
        after_divergence=after_divergence,
        false_delivered=_sentences(turn, FALSE, answered.text, delivered=True),
        true_withheld=_sentences(turn, ("supported",), answered.text, delivered=False),
        harmless_withheld=_sentences(turn, ("not_checkable",), answered.text, delivered=False),
        escalated=_escalated(needed) if escalated else None,
        person_missed=None if turn.needs_person is None else turn.needs_person and not escalated,
        ignored_twice=held and about_account and answered.decision in BY_AUTOMATION,
        had_open_case=held,
        operators=operators,
        text=answered.text,
        latency_ms=answered.latency_ms,
        first_ms=answered.first_ms,
        streamed=streamed,
    )


def is_for_person(turn: Turn) -> bool | None:
    """Whether it is right that a person has this turn: as somebody said, else by its labels; None where neither tells.

    A false sentence may as well be rewritten, so that labels never say that a person is needed.
    """
    if turn.needs_person is not None:
        return turn.needs_person
    return any(label.label in FALSE for label in turn.labels) if turn.labels else None


def is_held(turn: Turn) -> bool:
    """Whether people held a matter of this customer's, as at least one source knew then."""
    known = turn.facts.get("open_case")
    return known is not None and known.state in ("fresh", "conflicting") and known.value is True


def _sentences(turn: Turn, labels: tuple[Truth, ...], text: str, *, delivered: bool) -> Sentences:
    """How many sentences of these labels were delivered word for word, or were not."""
    said, got = turn.answer.content or "", _plain(text)
    found = [_plain(said[one.start : one.end]) in got for one in turn.labels if one.label in labels]
    return Sentences(found.count(delivered), len(found))


def _plain(text: str) -> str:
    return " ".join(text.split())


def _escalated(needed: bool | None) -> Escalated:
    if needed is None:
        return "unknown"
    return "rightly" if needed else "wrongly"


def _told(calls: Any) -> list[tuple[Any, Any]]:
    """Calls by name and arguments."""
    functions = [call.get("function") or {} for call in calls]
    return [(one.get("name"), one.get("arguments")) for one in functions]
