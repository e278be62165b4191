from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from proxy.demo.conversations import Conversation
from proxy.demo.customer import Ending
from proxy.demo.table import changes, print_table

QUOTE = "Our bereavement policy does not apply after travel."


SORRY = "I'm very sorry for your loss."
REWRITTEN = f"Our policy says: “{QUOTE}”"
HELP = "Is there anything else I can help you with?"


def claim(text: str, whole: str, action: str) -> dict[str, Any]:
    evidence = [{"document": "airline/bereavement-fares", "quote": QUOTE}] if action != "deliver" else []
    start = whole.index(text)
    place = {"text": text, "start": start, "end": start + len(text)}
    return {**place, "verdict": "unsupported", "action": action, "confidence": 0.031, "evidence": evidence}


def ending(*pieces: tuple[str, str], decision: str) -> Ending:
    text = " ".join(piece for piece, _ in pieces)
    claims = [claim(piece, text, action) for piece, action in pieces]
    return Ending(text, {"decision": decision, "confidence": 0.031, "claims": claims})


@pytest.fixture
def row(conversations: tuple[Conversation, ...]) -> tuple[Conversation, Ending]:
    pieces = (SORRY, "deliver"), (REWRITTEN, "rewrite"), (HELP, "deliver")
    return conversations[0], ending(*pieces, decision="rewrite")


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
    conversation, got = row
    before, after = changes(conversation.model_said, got, colour=False)
    assert after.plain == f"{SORRY} {{+{REWRITTEN}+}} {HELP}"
    assert before.plain.startswith(f"{SORRY} [-Norvessa Air")
    assert before.plain.endswith(f"Grandparents count as immediate family.-] {HELP}")


def test_what_comes_after_a_handover_is_marked_as_not_delivered() -> None:
    got = ending((SORRY, "deliver"), ("Your reference is CX-7K3F-92QD.", "escalate"), decision="escalate")
    before, after = changes(f"{SORRY} You have 90 days. {HELP}", got, colour=False)
    assert before.plain == f"{SORRY} [-You have 90 days. {HELP}-]"
    assert after.plain == f"{SORRY} {{+Your reference is CX-7K3F-92QD.+}}"


def test_with_colours_the_texts_stay_as_they_are(row: tuple[Conversation, Ending]) -> None:
    conversation, got = row
    before, after = changes(conversation.model_said, got, colour=True)
    assert (before.plain, after.plain) == (conversation.model_said, got.text)
    assert [str(span.style) for span in after.spans] == ["bold green"]
