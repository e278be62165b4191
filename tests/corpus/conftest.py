"""A corpus folder to write into, and one embedder for all tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.documents import Write, writer

from proxy.corpus.documents import Scope
from proxy.models.embedder import Embedder

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
    return writer(folder)


@pytest.fixture
def scope_on() -> ScopeOn:
    """``scope_on("2026-01-31", "CA", "staff")``"""

    def make_scope(day: str, jurisdiction: str | None = None, audience: str = "customer") -> Scope:
        return Scope(datetime.fromisoformat(day).replace(tzinfo=UTC), jurisdiction, audience)

    return make_scope
