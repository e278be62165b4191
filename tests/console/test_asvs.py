"""docs/asvs.md names tests that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED}))
def test_each_named_test_exists(file: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    there = {one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert {name for named_in, name in NAMED if named_in == file} <= there


def test_each_row_has_its_test() -> None:
    text = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
    done = text.partition("## Passwords and signing in")[2]
    rows = [line for line in done.splitlines() if line.startswith("| ") and not line.startswith("| item")]
    assert rows
    assert [row for row in rows if "`tests/" not in row] == []
