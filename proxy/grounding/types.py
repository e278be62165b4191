"""The words of grounding as types: claim, fact, evidence, verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from proxy.corpus.documents import Hit


class ClaimKind(StrEnum):
    """What a sentence has to rest on (design.md, "What may prove what")."""

    POLICY = "policy"
    ACCOUNT = "account"
    MIXED = "mixed"
    NOT_CHECKABLE = "not_checkable"


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, list item or table row of an answer; ``answer[start:end] == text`` in characters.

    ``reading`` is what the claim says by itself: a list item after the sentence that introduces it, a table row with
    its column heads. Judges read it, offsets never do.
    """

    text: str
    start: int
    end: int
    kind: ClaimKind
    reading: str


class Label(StrEnum):
    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNSUPPORTED = "unsupported"
    NOT_CHECKABLE = "not_checkable"


# What the sources of facts begin with, where evidence names them.
FROM_CONTEXT = "context:"
FROM_TOOL = "tool:"
NOT_SHOWN = "a value that is not shown"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known about this customer: a tool result, or what a context source says.

    ``source`` names the tool, or is ``context:NAME``; ``text`` is the raw result (JSON or prose), ``succeeded`` is
    False where the result says that the action failed. A ``masked`` one is never quoted.
    """

    source: str
    text: str
    succeeded: bool = True
    masked: bool = False

    @property
    def is_state(self) -> bool:
        """Whether it tells how things stand, so that it never shows that anything was done."""
        return self.source.startswith(FROM_CONTEXT)

    @property
    def document(self) -> str:
        """What evidence calls it."""
        return self.source if self.is_state else FROM_TOOL + self.source

    def quoted(self, quote: str) -> str:
        """What evidence may show of it: the quote, unless it is masked."""
        return NOT_SHOWN if self.masked else quote


@dataclass(frozen=True, slots=True)
class Evidence:
    """What decided a verdict: a verbatim quote with the place where it stands.

    ``document`` is a document id, or ``tool:NAME`` or ``context:NAME`` for a fact; ``section`` is the heading path
    joined by " › ".
    """

    document: str
    section: str
    quote: str
    url: str | None = None
    title: str = ""
    passage_id: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one claim.

    ``confidence`` is the calibrated probability that the claim is supported (0..1); ``reason`` says in words what
    decided ("policy says 30 days, the answer says 90"); ``evidence`` has the deciding quote first. ``scores`` are the
    raw features, for traces and for fitting.
    """

    label: Label
    confidence: float
    reason: str
    evidence: tuple[Evidence, ...] = ()
    scores: dict[str, float] = field(default_factory=dict)


class Verifier(Protocol):
    """Judges whether a claim is supported by what retrieval brought and by what is known about the customer.

    Pure for the built-in ones; those in ``verifiers/`` may touch files or the network and raise ``VerifierError``.
    """

    name: str
    version: str

    def verify(
        self, claim: Claim, *, question: str | None, hits: Sequence[Hit], facts: Sequence[Fact]
    ) -> Verdict: ...


class VerifierError(Exception):
    """The verifier could not judge (broken model, time-out, busy); the answer is then unverified, never a pass."""
