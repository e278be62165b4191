"""A rule tried on recorded decisions: ``cxai rules try`` with the injected file as it would be."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proxy.console.children import Children
from proxy.console.problem import Problem
from proxy.ledger.records import DEFAULT_TENANT
from proxy.rules.authorship import INJECTED
from proxy.rules.injected_file import with_rule
from proxy.rules.yaml_lines import YamlError
from proxy.wire.services import Services

PERIODS = {"24h": "the last 24 hours", "7d": "the last 7 days", "30d": "the last 30 days"}
USUAL_PERIOD = "7d"
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Trial:
    """Rows of ``cxai rules try --json``: who would have been treated differently, and what could not be replayed."""

    differences: tuple[dict[str, Any], ...]
    rules: tuple[dict[str, Any], ...]
    not_replayed: tuple[dict[str, Any], ...]
    summary: dict[str, Any]


async def try_rule(
    children: Children, services: Services, folder: Path, rule: dict[str, Any], period: str
) -> Trial:
    """Raises Problem where the injected file cannot take the rule, or the decisions cannot be replayed."""
    there = folder / INJECTED
    try:
        before = await asyncio.to_thread(lambda: there.read_text(encoding="utf-8") if there.is_file() else "")
        text = with_rule(before, rule)
    except (OSError, UnicodeDecodeError, YamlError) as error:
        raise Problem("This cannot be tried", f"{there}: {error}", 422) from None
    with tempfile.TemporaryDirectory(prefix="cxai-rule-") as tried:
        file = Path(tried, INJECTED)
        await asyncio.to_thread(file.write_text, text, encoding="utf-8")
        # The command knows no tenant of the name "default": it is what is meant where none is named.
        tenant = () if services.tenant == DEFAULT_TENANT else ("--tenant", services.tenant)
        rows = await children.rows(
            *("rules", "try", str(file), "--since", period, "--limit", str(MOST_SHOWN), "--json"),
            *("--policies", str(folder), *tenant),
        )
    return _told(rows)


def _told(rows: Sequence[dict[str, Any]]) -> Trial:
    def those(kind: str) -> tuple[dict[str, Any], ...]:
        return tuple(row for row in rows if row.get("type") == kind)

    return Trial(those("difference"), those("rule"), those("not_replayed"), next(iter(those("summary")), {}))
