"""What a source of context is: it is asked about one customer, and says what it has, fact by fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DEFAULT_TENANT


class SourceError(Exception):
    """A source that gave no answer; the text says why, without the customer's data and without secrets.

    Where ``is_its_own`` is False, it may well answer about another customer: the breaker does not count it.
    """

    def __init__(self, problem: str, *, is_its_own: bool = True) -> None:
        super().__init__(problem)
        self.is_its_own = is_its_own


@dataclass(frozen=True, slots=True)
class Asked:
    """About whom, and when, a source is asked. ``headers`` are the request's own, in lower case."""

    customer_id: str
    at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What a source has of one fact, as it wrote it; a value of None where it has none.

    ``true_at`` is None where it does not say since when; ``problem`` says why it cannot be told at all.
    """

    value: Any = None
    true_at: Any = None
    problem: str | None = None


class Source(Protocol):
    """One source. It is told which facts it is to say, and reads nothing else."""

    async def read(self, asked: Asked) -> Mapping[str, Found]:
        """What it has, by fact; one that is left out it does not have. Raises SourceError.

        May be cancelled at any time.
        """

    async def close(self) -> None:
        """Let go of connections; it is not asked again."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What sources are opened with: where the policies lie, the environment, and our own ledger with its tenant.

    ``longest`` is the time that any source may take.
    """

    folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    ledger: Ledger | None = None
    tenant: str = DEFAULT_TENANT
    longest: timedelta = timedelta(seconds=10)
