"""A corpus folder to write into; the shipped models, once for all tests of the room; and the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.command_line import cxai
from support.documents import Write, writer

from proxy.models.embedder import Embedder
from proxy.models.entailment import EntailmentModel

__all__ = ["cxai"]  # a fixture that lives beside what it runs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "policies"
    path.mkdir()
    return path


@pytest.fixture
def write(folder: Path) -> Write:
    return writer(folder)


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return Embedder.load()


@pytest.fixture(scope="session")
def entailment() -> EntailmentModel:
    return EntailmentModel.load()
