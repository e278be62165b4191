"""What the search form asks for, read from an address and written into one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from proxy.console.list_form import LONGEST as LONGEST  # the templates ask for it
from proxy.console.list_form import fields_asked
from proxy.console.problem import Problem
from proxy.corpus.moments import end_of, start_of
from proxy.ledger.answers.search import After, AnswerQuery
from proxy.ledger.records import DecisionRecord

PERIODS = {
    "1h": ("the last hour", timedelta(hours=1)),
    "24h": ("the last 24 hours", timedelta(hours=24)),
    "7d": ("the last 7 days", timedelta(days=7)),
    "30d": ("the last 30 days", timedelta(days=30)),
    "all": ("all that is kept", None),
    "dates": ("the dates below", None),
}
USUAL_PERIOD = "30d"
DECISIONS = ("deliver", "rewrite", "escalate", "refuse")
VERDICTS = ("supported", "contradicted", "unsupported", "not_checkable", "unverified")
MODES = ("enforce", "observe", "immediate")
CHECKED = ("yes", "no")
_FIELDS = (
    *("q", "customer", "conversation", "decision", "verdict", "document", "section"),
    *("rule", "mode", "checked", "when", "since", "until"),
)
_OF_JUDGEMENT = frozenset({"decision", "verdict", "rule", "checked"})
_OF_CONTENT = _OF_JUDGEMENT | {"q", "document", "section", "mode"}
_CHOICES = {
    "decision": DECISIONS,
    "verdict": VERDICTS,
    "mode": MODES,
    "checked": CHECKED,
    "when": tuple(PERIODS),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The form's fields by name; an empty one says nothing."""

    fields: Mapping[str, str]
    after: str = ""

    def query(self, tenant: str, now: datetime) -> AnswerQuery:
        """Raises Problem for a date that is none."""
        get = self.fields.get
        since, until = self._period(now)
        return AnswerQuery(
            tenant=tenant,
            text=get("q", ""),
            customer_id=get("customer", ""),
            conversation_id=get("conversation", ""),
            decision=get("decision", ""),
            document=get("document", ""),
            section=get("section", "") if get("document") else "",
            verdict=get("verdict", ""),
            rule=get("rule", ""),
            mode=get("mode", ""),
            verified={"yes": True, "no": False}.get(get("checked", "")),
            since=since,
            until=until,
        )

    @property
    def place(self) -> After | None:
        """Behind which answer the page begins; None for the first page. Raises Problem."""
        if not self.after:
            return None
        at, _, response_id = self.after.partition("~")
        try:
            return After(datetime.fromisoformat(at).astimezone(UTC), response_id)
        except (ValueError, OverflowError):
            raise Problem("There is no such page of the list", "Begin again with the first one.") from None

    def older_than(self, last: DecisionRecord) -> str:
        """The query of the page behind this answer."""
        place = f"{last.created_at.astimezone(UTC).isoformat()}~{last.response_id}"
        return urlencode({**self.fields, "after": place})

    @property
    def narrowed(self) -> bool:
        """Whether anything but the time was asked for."""
        return any(name not in ("when", "since", "until") for name in self.fields)

    @property
    def by_judgement(self) -> bool:
        """Whether it is asked for by what tells how an answer was judged."""
        return not _OF_JUDGEMENT.isdisjoint(self.fields)

    @property
    def by_content(self) -> bool:
        """Whether it is asked for by what tells anything of what an answer says."""
        return not _OF_CONTENT.isdisjoint(self.fields)

    def _period(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        chosen = self.fields.get("when", USUAL_PERIOD)
        long = PERIODS[chosen][1]
        if chosen != "dates":
            return (None if long is None else now - long), None
        since, until = self.fields.get("since"), self.fields.get("until")
        try:
            return start_of(since, UTC) if since else None, end_of(until, UTC) if until else None
        except ValueError as error:
            raise Problem("That is no date", f"The date {error}.") from None


def asked(params: Mapping[str, str]) -> Asked:
    """Raises Problem for a choice that is not offered, or too long a text."""
    return Asked(fields_asked(params, _FIELDS, _CHOICES), (params.get("after") or "").strip())
