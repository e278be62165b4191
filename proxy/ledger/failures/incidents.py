"""Which failures share an incident: those that were told with its name, and all that the recall of this name found.

A failure that was known before a recall found it keeps the incident that it was told with, or none, and any number of
recalls may find it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, literal, or_, select, union

from proxy.ledger.schema import failure_states, recall_findings, recalls

_RECALL = "recall "


def incident_of(ref: str) -> str:
    """What the failures of a recall share."""
    return f"{_RECALL}{ref}"


def is_of(
    incident: str, told_with: Any, failure_id: Any, tenant: str, known_by: datetime | None = None
) -> ColumnElement[bool]:
    """Whether the failure with these two columns is of an incident, as known by a time (None: by now).

    What a recall found is known from when it was begun.
    """
    is_told: ColumnElement[bool] = told_with == incident
    if not incident.startswith(_RECALL):
        return is_told
    finding = recall_findings.c
    found = select(finding.failure_id).where(
        finding.tenant == tenant,
        finding.ref == incident.removeprefix(_RECALL),
        finding.failure_id.is_not(None),
    )
    if known_by is not None:
        found = found.join(recalls, recalls.c.ref == finding.ref).where(recalls.c.at <= known_by)
    return or_(is_told, failure_id.in_(found))


def members(tenant: str, states: Sequence[ColumnElement[bool]]) -> Subquery:
    """``failure_id`` and ``incident`` of those of a tenant's failures of whose states this holds, once for each."""
    state, finding = failure_states.c, recall_findings.c
    told = select(state.failure_id, state.incident).where(*states, state.incident.is_not(None))
    found: Select[Any] = (
        select(state.failure_id, literal(_RECALL).concat(finding.ref))
        .join_from(recall_findings, failure_states, state.failure_id == finding.failure_id)
        .where(*states, finding.tenant == tenant)
    )
    return union(told, found).subquery()
