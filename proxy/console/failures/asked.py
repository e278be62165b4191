"""Which failures the list is asked for, read from an address and written into one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from proxy.console.failures.words import CAUSES, KINDS, SEVERITIES, STATUSES
from proxy.console.list_form import LONGEST as LONGEST  # the templates ask for it
from proxy.console.list_form import fields_asked
from proxy.console.problem import Problem
from proxy.corpus.moments import start_of
from proxy.ledger.failures.filters import After, FailureFilter
from proxy.ledger.failures.records import AI, HUMAN, FailureState

OPEN, ALL = "open", "all"
URGENT, NEWEST = "urgent", "newest"
ORDERS = {URGENT: "most severe first, then the oldest", NEWEST: "newest first"}
SHOWN = {OPEN: "all that are open", **STATUSES, ALL: "all"}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "show": tuple(SHOWN),
    "order": tuple(ORDERS),
    "kind": tuple(KINDS),
    "severity": tuple(SEVERITIES),
    "cause": tuple(CAUSES),
    "author": (AI, HUMAN),
}
_FIELDS = (*_CHOICES, "customer", "incident", "since")
_OF_CONTENT = frozenset({"kind", "cause", "author", "customer", "incident"})
_BETWEEN = "~"


@dataclass(frozen=True, slots=True)
class Asked:
    """The form's fields by name; an empty one says nothing."""

    fields: Mapping[str, str]
    after: str = ""

    @property
    def show(self) -> str:
        return self.fields.get("show", OPEN)

    @property
    def order(self) -> str:
        """What is open comes by its urgency, all else by its time, unless it is asked otherwise."""
        return self.fields.get("order", URGENT if self.show == OPEN else NEWEST)

    @property
    def narrowed(self) -> bool:
        return any(name not in ("show", "order") for name in self.fields)

    @property
    def by_content(self) -> bool:
        """Whether it is asked for by what tells of what somebody may still be asked to judge."""
        return not _OF_CONTENT.isdisjoint(self.fields)

    def which(self, tenant: str) -> FailureFilter:
        """Raises Problem for a date that is none."""
        get, show = self.fields.get, self.show
        return FailureFilter(
            tenant=tenant,
            since=_day(get("since")),
            kind=get("kind"),
            severity=get("severity"),
            cause=get("cause"),
            author=get("author"),
            customer_id=get("customer"),
            incident=get("incident"),
            status=None if show in (OPEN, ALL) else show,
            is_open=True if show == OPEN else None,
        )

    @property
    def place(self) -> After | None:
        """Behind which failure the page begins; None for the first page. Raises Problem."""
        if not self.after:
            return None
        at, _, rest = self.after.partition(_BETWEEN)
        severity, _, failure_id = rest.partition(_BETWEEN)
        try:
            return After(datetime.fromisoformat(at).astimezone(UTC), failure_id, severity)
        except (ValueError, OverflowError):
            raise Problem("There is no such page of the list", "Begin again with the first one.") from None

    def behind(self, last: FailureState) -> str:
        """The query of the page behind this failure."""
        at = last.occurred_at.astimezone(UTC).isoformat()
        return urlencode({**self.fields, "after": _BETWEEN.join((at, last.severity, last.failure_id))})

    def but(self, **changes: str) -> str:
        """The query with other values for some fields; "" takes one out."""
        changed = {**self.fields, **changes}
        return urlencode({name: value for name, value in changed.items() if value})


def _day(written: str | None) -> datetime | None:
    """The beginning of a day in UTC."""
    try:
        return start_of(written, UTC) if written else None
    except ValueError as error:
        raise Problem("That is no date", f"The date {error}.") from None


def asked(params: Mapping[str, str]) -> Asked:
    """Raises Problem for a choice that is not offered, or too long a text."""
    return Asked(fields_asked(params, _FIELDS, _CHOICES), (params.get("after") or "").strip())
