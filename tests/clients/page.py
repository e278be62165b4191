"""The table of clients, on a terminal and as docs/clients.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

from clients.judging import COLUMNS, Outcome, Status
from clients.registry import Client
from rich.table import Table

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
WORDS = {
    Status.OK: "✓",
    Status.NOT_TRIED: "–",
    Status.NO_DOOR: "no door",
    Status.NOT_RUN: "not run",
    Status.RED: "**red**",
}
LANGUAGES = {".py": "python", ".mjs": "js", ".sh": "sh"}
SHOWN = re.compile(r"^ *(?:#|//) docs\n(.*?)^ *(?:#|//) end$", re.DOTALL | re.MULTILINE)

HEAD = """\
# Clients

This page is made by `make test-clients`. It runs each of these clients, unmodified, against a proxy (`cxai serve`) with
the shipped policies and a real HTTP provider behind it. The programs are in `tests/clients/`.

"""
LEGEND = """
✓ works. – the client has no such thing, or does not show it. *no door*: the proxy does not answer there yet. *not run*:
the client could not be installed. **red**: does not work.

| column | what was tried |
|---|---|
| whole, stream | a supported answer arrives word for word; streamed, in more than one piece |
| tools | the model calls a tool, the program runs it, the answer told from its result arrives |
| structured output | a JSON schema goes out, and an object of its shape comes back |
| errors | an unknown model raises the client's own error, with the provider's message |
| invented policy | the invented sentence is replaced by the policy's own words, whole and streamed |
| `cxai` | the proxy's decision can be read from the client's answer: [docs/api.md](api.md#what-comes-back) |
| responses, completions | the same through `/v1/responses` and the older `/v1/completions` |

Sentences in a structured answer are judged, and repaired inside their strings; where the schema has no place for a
repair the message is a refusal. Through `/v1/responses` it is a refusal in both cases:
[docs/api.md](api.md#json-answers).
"""
POINTING = """
## Pointing a client at the proxy

These lines are taken from the programs that ran. `BASE_URL` is the proxy's address, `http://127.0.0.1:8080/v1`; `KEY`
is your provider's key, as before ([whose key](upstreams.md#whose-key)); `MODEL` is your model. Where they read a
`decision`, that is the proxy's account of the answer.
"""


def page(outcomes: Sequence[Outcome]) -> str:
    """The whole page, in Markdown."""
    rows = [["client", "package", *COLUMNS], ["---"] * (len(COLUMNS) + 2), *map(_cells, outcomes)]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return HEAD + table + _what_is_red(outcomes) + LEGEND + POINTING + "".join(_ways(outcomes))


def _cells(outcome: Outcome) -> list[str]:
    return [
        outcome.client.name,
        outcome.package or "–",
        *(WORDS[outcome.column(name)] for name in COLUMNS),
    ]


def _what_is_red(outcomes: Sequence[Outcome]) -> str:
    lines = [
        f"- {outcome.client.name}, `{case}`: {why}\n"
        for outcome in outcomes
        for case, why in outcome.red.items()
    ]
    return "".join(["\nWhat is red:\n\n", *lines]) if lines else ""


def _ways(outcomes: Sequence[Outcome]) -> list[str]:
    """A heading and the lines of each program; clients that share a program share them."""
    names: dict[str, list[str]] = {}
    clients: dict[str, Client] = {}
    for outcome in outcomes:
        names.setdefault(outcome.client.program, []).append(outcome.client.name)
        clients.setdefault(outcome.client.program, outcome.client)
    return [f"\n### {', '.join(names[program])}\n\n{way(client)}" for program, client in clients.items()]


def way(client: Client) -> str:
    """The lines between ``docs`` and ``end`` of a client's program, as a block of code."""
    blocks = [
        dedent(found) for path in client.sources for found in SHOWN.findall(path.read_text(encoding="utf-8"))
    ]
    shown = "\n".join(blocks)
    return f"```{LANGUAGES[client.sources[-1].suffix]}\n{shown}```\n"


def table(outcomes: Sequence[Outcome]) -> Table:
    """The same for a terminal."""
    shown = Table("client", "package", *(name.strip("`") for name in COLUMNS))
    for outcome in outcomes:
        shown.add_row(*(cell.replace("**", "") for cell in _cells(outcome)))
    return shown
