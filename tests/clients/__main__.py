"""Tries every client, prints the table and writes docs/clients.md: ``scripts/test-clients``."""

from __future__ import annotations

from clients.judging import try_out
from clients.page import PAGE, page, table
from clients.registry import CLIENTS
from clients.running import serving
from rich.console import Console

WIDE = 190  # the table's columns, in characters


def main() -> int:
    """The exit status: 1 where a client is red."""
    console = Console(highlight=False)
    outcomes = []
    with serving() as place:
        for client in CLIENTS:
            console.print(f"{client.name} ...", style="dim")
            outcomes.append(try_out(client, place))
    PAGE.write_text(page(outcomes), encoding="utf-8")
    console = Console(highlight=False, width=max(console.width, WIDE))
    console.print(table(outcomes))
    for outcome in outcomes:
        for case, why in outcome.red.items():
            console.print(f"RED  {outcome.client.name}, {case}: {why}", style="red", markup=False)
    console.print(f"Written to {PAGE.relative_to(PAGE.parents[1])}.")
    return 1 if any(outcome.red for outcome in outcomes) else 0


raise SystemExit(main())
