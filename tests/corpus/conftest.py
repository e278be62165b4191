"""A corpus folder to write into, and one embedder for all tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from proxy.corpus.documents import Scope
from proxy.models.embedder import Embedder

Write = Callable[..., Path]
ScopeOn = Callable[..., Scope]


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return Embedder.load()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "policies"
    path.mkdir()
    return path


@pytest.fixture
def write(folder: Path) -> Write:
    """``write("a.md", "text", title="A")``: a document with front matter, replaced in one step as editors do."""

    def write_document(name: str, body: str, **front: str) -> Path:
        head = "".join(f"{key}: {value}\n" for key, value in front.items())
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.write_text(f"---\n{head}---\n{body}\n" if front else body, encoding="utf-8")
        return new.replace(path)

    return write_document


@pytest.fixture
def scope_on() -> ScopeOn:
    """``scope_on("2026-01-31", "CA", "staff")``"""

    def make_scope(day: str, jurisdiction: str | None = None, audience: str = "customer") -> Scope:
        return Scope(datetime.fromisoformat(day).replace(tzinfo=UTC), jurisdiction, audience)

    return make_scope
