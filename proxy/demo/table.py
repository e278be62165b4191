"""The demo's table: what was asked, said and got, what was decided, and the policy sentence that decided.

A wide screen gets one row a conversation, a narrow one a small block each. Without colours what was taken out is
written ``[-so-]`` and what was put in ``{+so+}``, as in ``git diff --word-diff``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from proxy.demo.conversations import Conversation
from proxy.demo.customer import Ending

WIDE = 140
COLUMNS = ("Asked", "The model said", "The customer got", "Decision", "Confidence", "What decided")
DECISION_STYLES = {"deliver": "green", "rewrite": "yellow", "escalate": "magenta", "refuse": "red"}

_SENTENCE = re.compile(r".+?(?:[.!?]”?(?=\s)|\n+|$)\s*", re.DOTALL)

Row = tuple[Conversation, Ending]


def print_table(console: Console, rows: Sequence[Row]) -> None:
    """Print all rows, laid out for the console's width."""
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
    said, got = changes(conversation.model_said, ending.text, colour=colour)
    confidence = "-" if ending.confidence is None else f"{ending.confidence:.2f}"
    return (
        Text.assemble(conversation.asked[-1], (f"\n({conversation.company}: {conversation.id})", "dim")),
        said,
        got if ending.text != conversation.model_said else Text("the same, word for word", style="dim"),
        Text(ending.decision, style=DECISION_STYLES.get(ending.decision, "")),
        Text(confidence),
        _deciding(ending),
    )


def _deciding(ending: Ending) -> Text:
    evidence = ending.evidence
    if evidence is None:
        reason = (ending.deciding_claim or {}).get("reason")
        return Text(reason or "nothing to check")
    quote = re.sub(r"\s+", " ", evidence["quote"]).strip()
    return Text.assemble(f"“{quote}”", ("\n" + evidence["document"], "dim"))


def changes(said: str, got: str, *, colour: bool) -> tuple[Text, Text]:
    """Both texts, with the sentences marked that only one of them has."""
    before, after = _sentences(said), _sentences(got)
    taken = _marked(before, set(map(str.strip, after)), ("[-", "-]"), "red strike" if colour else None)
    put = _marked(after, set(map(str.strip, before)), ("{+", "+}"), "bold green" if colour else None)
    return taken, put


def _sentences(text: str) -> list[str]:
    return _SENTENCE.findall(text)


def _marked(pieces: Sequence[str], common: set[str], marks: tuple[str, str], style: str | None) -> Text:
    parts: list[tuple[str, str]] = []
    for piece in pieces:
        core = piece.strip()
        gap = piece[len(piece.rstrip()) :]
        if core in common:
            parts.append((piece, ""))
        elif style:
            parts += [(core, style), (gap, "")]
        else:
            parts.append((f"{marks[0]}{core}{marks[1]}{gap}", ""))
    return Text.assemble(*chain(parts))
