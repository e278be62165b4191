"""The register of what rehearsals said of production: reports, predictions and what came of them. Only ever added to.

    ledger.rehearsals.keep(report, predictions)
    ledger.rehearsals.came(PredictionOutcome(prediction.id, ...))

The first outcome of a prediction is the one that it is held to: nobody waits for a better one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from proxy.intervals import Rate
from proxy.ledger.database import Read
from proxy.ledger.records import DEFAULT_TENANT, JsonObject
from proxy.ledger.rows import record_of, row_of, storable
from proxy.ledger.schema import prediction_outcomes, predictions, rehearsal_reports
from proxy.ledger.writer import Submit


@dataclass(frozen=True, slots=True)
class RehearsalReport:
    """``report`` is as ``proxy.rehearsal.report.told`` tells it, with no more text than the ledger keeps."""

    id: str
    at: datetime
    actor: str
    report: JsonObject
    tenant: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class Prediction:
    """A share of ``n`` answers from ``since`` until ``until``, with its 95% interval.

    ``pilot`` is the pilot's own figure; ``made_from`` names by digests what it rests on.
    """

    id: str
    report_id: str
    at: datetime
    actor: str
    suite: str
    measure: str
    since: datetime
    until: datetime
    value: float
    low: float
    high: float
    n: int
    made_from: JsonObject
    pilot: float | None = None
    tenant: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class PredictionOutcome:
    """What came, of ``n`` answers, with its 95% interval; ``source`` says from where it is known."""

    prediction_id: str
    at: datetime
    actor: str
    source: str
    share: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Held:
    """A prediction with what came of it, the first outcome first."""

    prediction: Prediction
    outcomes: tuple[PredictionOutcome, ...] = ()

    @property
    def outcome(self) -> PredictionOutcome | None:
        """The one that counts."""
        return self.outcomes[0] if self.outcomes else None

    @property
    def held(self) -> bool | None:
        """Whether the interval holds what came; None while that is not known."""
        if self.outcome is None:
            return None
        return self.prediction.low <= self.outcome.share <= self.prediction.high


def coverage(register: Sequence[Held]) -> Rate:
    """How many of the predictions whose outcome is known held it; 95% should."""
    known = [one.held for one in register if one.held is not None]
    return Rate(sum(known), len(known))


class Rehearsals:
    """Made by ``Ledger.rehearsals``. All methods raise LedgerError; those that write return once it is durable."""

    def __init__(self, read: Read, submit: Submit) -> None:
        self._read = read
        self._submit = submit

    def keep(self, report: RehearsalReport, predicted: Sequence[Prediction]) -> None:
        """Make a report and its predictions durable, all or none.

        Raises:
            ValueError: a prediction is of a time that has begun, or that ends before it begins.
        """
        for one in predicted:
            if not one.at <= one.since < one.until:
                raise ValueError(
                    "a prediction is of a time that is still to come, and that ends after it begins"
                )
        row, rows = row_of(report), [row_of(one) for one in predicted]

        def write(connection: Connection) -> None:
            connection.execute(insert(rehearsal_reports), row)
            if rows:
                connection.execute(insert(predictions), rows)

        self._submit(write).result()

    def came(self, outcomes: Sequence[PredictionOutcome]) -> None:
        """Make outcomes durable, all or none."""
        rows = [row_of(one) for one in outcomes]
        if rows:
            self._submit(lambda connection: connection.execute(insert(prediction_outcomes), rows)).result()

    def reports(self, tenant: str, limit: int = 20) -> list[RehearsalReport]:
        """A tenant's reports, the newest first."""
        found = select(rehearsal_reports).where(rehearsal_reports.c.tenant == tenant)
        newest = found.order_by(rehearsal_reports.c.at.desc(), rehearsal_reports.c.id).limit(limit)
        return [record_of(RehearsalReport, row) for row in self._read(newest)]

    def report(self, tenant: str, id: str) -> RehearsalReport | None:
        own = rehearsal_reports.c.tenant == tenant, rehearsal_reports.c.id == storable(id)
        rows = self._read(select(rehearsal_reports).where(*own))
        return record_of(RehearsalReport, rows[0]) if rows else None

    def register(self, tenant: str, *, report_id: str | None = None, limit: int = 500) -> list[Held]:
        """A tenant's predictions with what came of them, the newest first; those of one report where it is named."""
        found = select(predictions).where(predictions.c.tenant == tenant)
        if report_id is not None:
            found = found.where(predictions.c.report_id == storable(report_id))
        newest = found.order_by(predictions.c.at.desc(), predictions.c.id).limit(limit)
        made = [record_of(Prediction, row) for row in self._read(newest)]
        told = select(prediction_outcomes).where(
            prediction_outcomes.c.prediction_id.in_([one.id for one in made])
        )
        came: dict[str, list[PredictionOutcome]] = {}
        for row in self._read(told.order_by(prediction_outcomes.c.id)) if made else ():
            came.setdefault(row.prediction_id, []).append(record_of(PredictionOutcome, row))
        return [Held(one, tuple(came.get(one.id, ()))) for one in made]
