from __future__ import annotations

import io

import pytest
from rich.console import Console

from proxy.demo.conversations import Conversation
from proxy.demo.customer import Ending
from proxy.demo.table import changes, print_table

QUOTE = "Our bereavement policy does not apply after travel."


@pytest.fixture
def row(conversations: tuple[Conversation, ...]) -> tuple[Conversation, Ending]:
    claim = {
        "action": "rewrite",
        "confidence": 0.031,
        "evidence": [{"document": "airline/bereavement-fares", "quote": QUOTE}],
    }
    text = f"I'm very sorry for your loss. Our policy says: “{QUOTE}” Is there anything else I can help you with?"
    return conversations[0], Ending(text, {"decision": "rewrite", "confidence": 0.031, "claims": [claim]})


@pytest.mark.parametrize("width", [80, 100, 139, 140, 160])
def test_no_line_is_wider_than_the_screen_and_nothing_is_cut_off(
    row: tuple[Conversation, Ending], width: int
) -> None:
    console = Console(file=io.StringIO(), width=width)
    print_table(console, [row])
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert max(map(len, printed.splitlines())) <= width
    words = set(printed.replace("│", " ").split())
    for word in ("grandmother", "rewrite", "0.03", "airline/bereavement-fares", "Application"):
        assert word in words


def test_changed_sentences_are_marked_without_colours(row: tuple[Conversation, Ending]) -> None:
    conversation, ending = row
    said, got = changes(conversation.model_said, ending.text, colour=False)
    assert "[-If you need to travel immediately" in said.plain
    assert "Application form.-]" in said.plain
    assert "[-I'm very sorry" not in said.plain
    assert f"{{+Our policy says: “{QUOTE}”+}} Is there" in got.plain
