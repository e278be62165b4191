"""``policies/recovery.yaml`` to ``RecoveryOptions``: how soon failures are to be put right, and how many may be late.

within: {high: 2d, medium: 7d, low: 14d}
share: 0.9
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, Strict

from proxy.rules.durations import Duration
from proxy.rules.match import Written
from proxy.rules.problems import Reading

FILE_NAMES = ("recovery.yaml", "recovery.yml")
LONGEST = timedelta(days=365)


def _some_time(length: timedelta) -> timedelta:
    if not timedelta(0) < length <= LONGEST:
        raise ValueError("must be more than 0s and at most 365d")
    return length


Some = Annotated[Duration, AfterValidator(_some_time)]
Budgeted = Annotated[float, Strict(), Field(gt=0, lt=1)]


class Within(Written):
    """How soon after a failure reached its customer it is to be put right, by severity."""

    high: Some = timedelta(days=2)
    """For failures of severity `high`."""
    medium: Some = timedelta(days=7)
    """For failures of severity `medium`, which is also what nobody has classified."""
    low: Some = timedelta(days=14)
    """For failures of severity `low`."""

    def of(self, severity: str) -> timedelta:
        """The target of a severity; of one that nobody knows, that of ``medium``."""
        found: timedelta = getattr(self, severity, self.medium)
        return found


class RecoveryOptions(Written):
    """What is aimed at when failures are put right."""

    within: Within = Within()
    """The targets by severity, counted from when the failure reached the customer."""
    share: Budgeted = 0.9
    """The share of failures that is to be put right within its target; the rest is the error budget."""

    @property
    def version(self) -> str:
        """Names exactly what the file says: ``r-`` and 16 hex digits."""
        return f"r-{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]}"


BUILT_IN_RECOVERY = RecoveryOptions()


class RecoveryReading(Reading):
    """One reading of the file; with mistakes, what is built in and ``problems``."""

    def recovery(self, path: str, text: str) -> RecoveryOptions:
        file = self.parse(path, text, tuple(RecoveryOptions.model_fields))
        if file is None:
            return BUILT_IN_RECOVERY
        known = {key: value for key, value in file.data.items() if key in RecoveryOptions.model_fields}
        return self._valid(RecoveryOptions, known, file, (), "") or BUILT_IN_RECOVERY
