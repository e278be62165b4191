"""Every message about a rules, context, corpus or queues file is asserted by some test, in at least some of its words.

The places that make one are collected from the sources, so that a new message without a test fails here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

REPOSITORY = Path(__file__).parents[1]
ROOMS = ("rules", "context", "corpus", "authoring")
# What makes a message: exceptions and problems by these names, and the methods that collect problems.
MAKERS = re.compile(
    r"(?:Error|Problem|Unreadable|Mistyped|Mistake)\Z|\A_?(?:problem|mistake|warning|stale|add|wrong)\Z"
)
IN_A_ROW = 3  # words of a message that stand so in a test


class Site(NamedTuple):
    place: str
    words: tuple[tuple[str, ...], ...]
    """The message's fixed parts, each as words."""

    def __str__(self) -> str:
        return f"{self.place}: " + " … ".join(" ".join(part) for part in self.words)


def words_in(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[\w'-]+", text))


def _is_maker(call: ast.Call) -> bool:
    named = call.func
    if (
        isinstance(named, ast.Attribute)
        and isinstance(named.value, ast.Name)
        and named.value.id in ("log", "_log")
    ):
        return False  # what operators read in the log is no message about a file
    name = named.attr if isinstance(named, ast.Attribute) else named.id if isinstance(named, ast.Name) else ""
    return MAKERS.search(name) is not None


def _said(node: ast.AST) -> list[ast.expr]:
    """What a place says: the arguments of what makes a message, and texts that are handed to who makes one."""
    if isinstance(node, ast.Call) and _is_maker(node):
        return [*node.args, *(keyword.value for keyword in node.keywords)]
    if isinstance(node, ast.Return | ast.Yield) and isinstance(
        node.value, ast.JoinedStr | ast.Tuple | ast.IfExp
    ):
        return [node.value]
    return []


def _fixed_parts(said: list[ast.expr]) -> Iterator[tuple[str, ...]]:
    for argument in said:
        for node in ast.walk(argument):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = words_in(node.value)
                if len(words) >= IN_A_ROW:
                    yield words


def sites() -> Iterator[Site]:
    for room in ROOMS:
        for path in sorted((REPOSITORY / "proxy" / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if parts := tuple(_fixed_parts(_said(node))):
                    yield Site(f"{path.relative_to(REPOSITORY)}:{getattr(node, 'lineno', 0)}", parts)


@cache
def told_in_tests() -> frozenset[tuple[str, ...]]:
    """All that stands in the tests' texts, by its words in a row."""
    found = set()
    for path in sorted((REPOSITORY / "tests").rglob("*.py")):
        if path.name == Path(__file__).name:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = words_in(node.value.replace("\\", ""))
                found.update(zip(*(words[at:] for at in range(IN_A_ROW)), strict=False))
    return frozenset(found)


def _is_told(site: Site) -> bool:
    told = told_in_tests()
    return any(
        run in told
        for part in site.words
        for run in zip(*(part[at:] for at in range(IN_A_ROW)), strict=False)
    )


@pytest.mark.parametrize("site", list(sites()), ids=lambda site: site.place)
def test_a_message_is_told_in_a_test(site: Site) -> None:
    assert _is_told(site), f"no test asserts this message: {site}"
