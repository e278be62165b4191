"""``policies/candidate.yaml`` to ``CandidateOptions``: what may come next, tried on live traffic before it is in force.

name: smaller-model
changes: {model: gpt-5-mini}
shadow: {share: 0.1}
canary: {share: 0.05}
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PlainValidator, SerializeAsAny, Strict, model_validator

from proxy.rules.durations import Duration
from proxy.rules.match import Name, RuleMatch, Text, Written
from proxy.rules.problems import Reading
from proxy.verifiers.options import Options
from proxy.verifiers.registry import verifier_options

FILE_NAMES = ("candidate.yaml", "candidate.yml")
LONGEST = timedelta(days=1)


def _some_time(length: timedelta) -> timedelta:
    if not timedelta(0) < length <= LONGEST:
        raise ValueError("must be more than 0s and at most 1d")
    return length


def _folder(value: Any) -> Path:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a folder, as seen from the policies folder")
    return Path(value)


Share = Annotated[float, Strict(), Field(ge=0, le=1)]
SomeShare = Annotated[float, Strict(), Field(gt=0, le=1)]
Count = Annotated[int, Strict(), Field(ge=1)]
Margin = Annotated[float, Strict(), Field(ge=0, lt=1)]
FalseAlarm = Annotated[float, Strict(), Field(gt=0, lt=1)]
Some = Annotated[Duration, AfterValidator(_some_time)]
Folder = Annotated[Path, PlainValidator(_folder)]


class Changes(Written):
    """What is other than in what runs."""

    model: Text | None = None
    """The model that is asked, whatever the client asks for."""
    system_prompt: Text | None = None
    """Instructions that the model gets before all others."""
    upstream: Text | None = None
    """The name of one of the settings' `upstreams`, which alone is asked."""
    corpus: Folder | None = None
    """The folder of documents, as seen from the policies folder."""
    policies: Folder | None = None
    """The folder of routes and rules, as seen from the policies folder."""
    verifier: Annotated[SerializeAsAny[Options] | None, PlainValidator(verifier_options)] = None
    """What judges claims, as in the settings."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(f"must change something: {', '.join(type(self).model_fields)}")
        return self


class ShadowOptions(Written):
    """A copy of live traffic, which no customer sees."""

    share: SomeShare = 0.1
    """The share of answers of which a copy is made."""
    at_once: Count = 1
    """How many copies a worker has in hand at once."""
    waiting: Count = 20
    """How many more may wait; what comes beyond them is dropped."""
    within: Some = timedelta(seconds=60)
    """How long one copy may take."""


class Guard(Written):
    """One figure by which the candidate may be no worse."""

    margin: Margin
    """How many more bad answers are allowed, as a share: 0.02 is two points."""


class SlowGuard(Guard):
    """Answers that take long."""

    after: Some = timedelta(seconds=10)
    """How long an answer may take until it is slow."""


class Guards(Written):
    """What the candidate is held against; `null` leaves one out."""

    unsupported: Guard | None = Guard(margin=0.02)
    """Answers in which something was contradicted or unsupported, delivered or not."""
    escalated: Guard | None = Guard(margin=0.02)
    """Answers that were handed over to people."""
    failed: Guard | None = Guard(margin=0.01)
    """Requests without an answer, and answers that could not be verified."""
    slow: SlowGuard | None = SlowGuard(margin=0.05)
    """Answers that took longer than `after`."""

    def margins(self) -> dict[str, float]:
        """By the figure's name, what is allowed."""
        found = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {name: guard.margin for name, guard in found if guard is not None}

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if not self.margins():
            raise ValueError("must keep at least one guard: else nothing would roll the candidate back")
        return self


class Canary(Written):
    """A share of customers is answered by the candidate, until it is shown to be worse."""

    share: Share
    """The share of customers; who is not known is answered as before."""
    by_route: dict[Text, Share] = Field(default_factory=dict)
    """Routes with a share of their own."""
    guards: Guards = Guards()
    """By what it is held against what runs."""
    false_alarm: FalseAlarm = 0.05
    """In which share of canaries a candidate that is not worse may be rolled back, over all guards."""
    quiet: Some = timedelta(minutes=10)
    """After how long without an answer a conversation counts."""


class CandidateOptions(Written):
    """A candidate, for whom it is meant, and how it is tried."""

    name: Name
    """What records, traces and metrics call it; another name is another candidate, with other customers."""
    match: RuleMatch = RuleMatch()
    """Which requests it is for."""
    changes: Changes
    """What is other than in what runs."""
    shadow: ShadowOptions | None = None
    """Try it on copies."""
    canary: Canary | None = None
    """Let it answer some customers."""

    @model_validator(mode="after")
    def _tried_somehow(self) -> Self:
        if self.shadow is None and self.canary is None:
            raise ValueError('needs "shadow" or "canary": else nothing is tried')
        return self

    @property
    def version(self) -> str:
        """Names exactly what the file says: ``c-`` and 16 hex digits."""
        return _digest(self)

    @property
    def changes_version(self) -> str:
        """Names what is tried, and for whom; how large its share is changes nothing of what was found so far."""
        guards = self.canary.guards.model_dump_json() if self.canary else ""
        return _digest(self.changes, self.match, guards)


def _digest(*parts: Written | str) -> str:
    said = "\n".join(one if isinstance(one, str) else one.model_dump_json() for one in parts)
    return f"c-{hashlib.sha256(said.encode()).hexdigest()[:16]}"


class CandidateReading(Reading):
    """One reading of the file; with mistakes, no candidate and ``problems``."""

    def candidate(self, path: str, text: str) -> CandidateOptions | None:
        file = self.parse(path, text, tuple(CandidateOptions.model_fields))
        if file is None:
            return None
        known = {key: value for key, value in file.data.items() if key in CandidateOptions.model_fields}
        return self._valid(CandidateOptions, known, file, (), "")
