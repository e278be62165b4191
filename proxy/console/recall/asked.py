"""What the pages *Recall* are asked for: a thing that was told, or answers to be judged again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proxy.console.case.forms import text_of
from proxy.console.problem import Problem
from proxy.ledger.records import DEFAULT_TENANT
from proxy.wire.services import Services

LONGEST = 500
PERIODS = {
    "": "since the beginning",
    "24h": "in the last 24 hours",
    "7d": "in the last 7 days",
    "30d": "in the last 30 days",
    "90d": "in the last 90 days",
    "365d": "in the last year",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A thing that was told in a period."""

    text: str = ""
    since: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """Those of ``cxai recall find``; the text comes last, since it may begin with a dash."""
        return (*since(self.since), "--", self.text)


def told(fields: Mapping[str, Any]) -> Told:
    """Raises Problem."""
    text, period = text_of(fields, "text", LONGEST), _period(fields)
    return Told(" ".join(text.split()), period)


def checked(fields: Mapping[str, Any], services: Services) -> tuple[str, tuple[str, ...]]:
    """What is to be judged again, in words, and the options of ``cxai recall check``. Raises Problem."""
    document, period = text_of(fields, "document", LONGEST), _period(fields)
    if document and document not in {one.id for one in services.corpus.current.documents}:
        raise Problem("That cannot be asked for", f'There is no document "{document}" (any more).', 422)
    words = f"answers that rest on {document}" if document else "answers by other documents than today’s"
    options = ("--document", document) if document else ("--corpus-changed",)
    return f"judging {words} again, {PERIODS[period]}", (*options, *since(period))


def since(period: str) -> tuple[str, ...]:
    return ("--since", period) if period else ()


def options_of(services: Services) -> tuple[str, ...]:
    """What names a tenant's documents to a command; those of a tenant by name are in the settings."""
    if services.tenant != DEFAULT_TENANT:
        return ("--tenant", services.tenant)
    return ("--corpus", services.corpus.place)


def policies_of(services: Services) -> tuple[str, ...]:
    """The same of the policies."""
    if services.tenant != DEFAULT_TENANT or services.policies.folder is None:
        return ()
    return ("--policies", str(services.policies.folder))


def _period(fields: Mapping[str, Any]) -> str:
    period = text_of(fields, "since", LONGEST)
    if period not in PERIODS:
        raise Problem("That cannot be asked for", f"The period is one of {', '.join(PERIODS)}.", 422)
    return period
