"""The demo's table: what was asked, said and got, what was decided, and the policy sentence that decided.

A wide screen gets one row a conversation, a narrow one a small block each. Without colours what was taken out is
written ``[-so-]`` and what was put in ``{+so+}``, as in ``git diff --word-diff``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from proxy.demo.conversations import Conversation
from proxy.demo.customer import Ending

WIDE = 140
COLUMNS = ("Asked", "The model said", "The customer got", "Decision", "Confidence", "What decided")
DECISION_STYLES = {"deliver": "green", "rewrite": "yellow", "escalate": "magenta", "refuse": "red"}

Row = tuple[Conversation, Ending]
Span = tuple[int, int]


def print_table(console: Console, rows: Sequence[Row], title: str | None = None) -> None:
    """Print all rows, laid out for the console's width."""
    if title:
        console.print(f"\n{title}", style="bold", markup=False)
    colour = console.color_system is not None
    cells = [_cells(conversation, ending, colour=colour) for conversation, ending in rows]
    if console.width >= WIDE:
        console.print(_wide(cells))
        return
    for row in cells:
        console.print(_block(row))


def _wide(cells: Sequence[Sequence[Text]]) -> Table:
    table = Table(show_lines=True, expand=True)
    for name, ratio in zip(COLUMNS, (4, 6, 6, None, None, 6), strict=True):
        table.add_column(name, ratio=ratio, min_width=len(name), overflow="fold")
    for row in cells:
        table.add_row(*row)
    return table


def _block(row: Sequence[RenderableType]) -> Table:
    table = Table(show_header=False, expand=True)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for name, cell in zip(COLUMNS, row, strict=True):
        table.add_row(name, cell)
    return table


def _cells(conversation: Conversation, ending: Ending, *, colour: bool) -> tuple[Text, ...]:
    said, got = changes(conversation.model_said, ending, colour=colour)
    confidence = "-" if ending.confidence is None else f"{ending.confidence:.2f}"
    if ending.text == conversation.model_said:
        got = Text("the same, word for word", style="dim")
    if not ending.was_asked:
        said, got = Text("was not asked", style="dim"), Text(ending.text)
    before = (f"{conversation.before}\n", "italic") if conversation.before else ""
    return (
        Text.assemble(
            before, conversation.asked[-1], (f"\n({conversation.company}: {conversation.id})", "dim")
        ),
        said,
        got,
        Text(ending.decision, style=DECISION_STYLES.get(ending.decision, "")),
        Text(confidence),
        _deciding(ending),
    )


def _deciding(ending: Ending) -> Text:
    claim, evidence = ending.deciding_claim, ending.evidence
    if not ending.was_asked:
        not_fresh = ", ".join((ending.cxai.get("context") or {}).get("not_fresh", ()))
        unseen = f"\nnot certain just now: {not_fresh}" if not_fresh else ""
        return Text.assemble(f"rule {', '.join(ending.rules)}", (unseen, "dim"))
    if claim is None:
        return Text("nothing to check")
    if evidence is None:
        return Text.assemble(claim["verdict"], ("\nneither policy nor a tool result says so", "dim"))
    quote = re.sub(r"\s+", " ", evidence["quote"]).strip()
    nearest = "nearest: " if claim["verdict"] == "unsupported" else ""
    return Text.assemble(claim["verdict"], f"\n{nearest}“{quote}”", ("\n" + evidence["document"], "dim"))


def changes(said: str, ending: Ending, *, colour: bool) -> tuple[Text, Text]:
    """What the model said with what was taken out marked, and what the customer got with what was put in."""
    claims = ending.cxai.get("claims", ())
    put = [(claim["start"], claim["end"]) for claim in claims if claim["action"] != "deliver"]
    return (
        _marked(said, _taken_out(said, ending), ("[-", "-]"), "red strike" if colour else None),
        _marked(ending.text, put, ("{+", "+}"), "bold green" if colour else None),
    )


def _taken_out(said: str, ending: Ending) -> list[Span]:
    """The parts of ``said`` between the claims that were delivered as they were."""
    if ending.text == said:
        return []
    taken, position = [], 0
    for claim in ending.cxai.get("claims", ()):
        start = said.find(claim["text"], position) if claim["action"] == "deliver" else -1
        if start >= 0:
            taken.append((position, start))
            position = start + len(claim["text"])
    return [*taken, (position, len(said))]


def _marked(text: str, spans: Sequence[Span], marks: tuple[str, str], style: str | None) -> Text:
    parts: list[tuple[str, str]] = []
    position = 0
    for start, end in spans:
        core = text[start:end].strip()
        if core:
            start = text.index(core, start)
            parts.append((text[position:start], ""))
            parts.append((core, style) if style else (f"{marks[0]}{core}{marks[1]}", ""))
            position = start + len(core)
    return Text.assemble(*parts, (text[position:], ""))
