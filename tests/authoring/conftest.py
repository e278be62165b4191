"""A corpus folder to write into."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.documents import Write, writer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "policies"
    path.mkdir()
    return path


@pytest.fixture
def write(folder: Path) -> Write:
    return writer(folder)
