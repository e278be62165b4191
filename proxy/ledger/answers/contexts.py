"""What a decision keeps of the customer's context, and how values are forgotten before the decision itself.

``context`` is ``{"facts": {name: {"state", "value", "readings": [{"value", ...}], ...}}, ...}``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from proxy.ledger.answers.search import put_back
from proxy.ledger.audit.removals import Rule, replace
from proxy.ledger.records import JsonObject
from proxy.ledger.schema import decisions
from proxy.ledger.writer import LARGEST_BITE

_VALUES = ("value", "readings")  # of a fact: what was read of the customer; name, state, age and source stay


def facts_of(context: JsonObject | None) -> dict[str, JsonObject]:
    """The facts by name; none where no context was recorded."""
    return dict((context or {}).get("facts") or {})


def without_values(context: JsonObject, names: Collection[str]) -> JsonObject:
    """The context without what was read for these facts."""
    facts = {name: _blank(fact) if name in names else fact for name, fact in facts_of(context).items()}
    return {**context, "facts": facts}


def forgetting(
    names: Collection[str], *, tenant: str | None, since: datetime | None, before: datetime, after: str = ""
) -> Callable[[Connection], tuple[int, str | None]]:
    """The write that forgets these facts' values in decisions made before an instant, and from ``since`` on.

    It looks at a bite of them, those that follow ``after`` in the order of their ids, and says how many it changed and
    where the next bite begins; None where there is no next one. A decision is never changed in its place: the row is
    removed, and put back without the values.
    """
    in_time = decisions.c.created_at < before
    if since is not None:
        in_time &= decisions.c.created_at >= since
    if tenant is not None:
        in_time &= decisions.c.tenant == tenant
    seen = select(decisions.c.response_id, decisions.c.context).where(
        in_time, decisions.c.response_id > after
    )

    def blank(row: Row[Any]) -> dict[str, Any]:
        return {**row._mapping, "context": without_values(row.context, names)}

    def write(connection: Connection) -> tuple[int, str | None]:
        bite = connection.execute(seen.order_by(decisions.c.response_id).limit(LARGEST_BITE)).all()
        holding = [row.response_id for row in bite if row.context and _holds(row.context, names)]
        chosen = decisions.c.response_id.in_(holding)
        count = replace(connection, decisions, chosen, blank, put_back, Rule.FORGOTTEN_FACT)
        return count, bite[-1].response_id if len(bite) == LARGEST_BITE else None

    return write


def _holds(context: JsonObject, names: Collection[str]) -> bool:
    return without_values(context, names) != context


def _blank(fact: JsonObject) -> dict[str, Any]:
    return {key: value for key, value in fact.items() if key not in _VALUES}
