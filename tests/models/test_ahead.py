"""The shipped models, read before somebody waits for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxy.models import ahead
from proxy.models.ahead import ShippedModels
from proxy.models.embedder import Embedder
from proxy.models.entailment import EntailmentError, EntailmentModel


def test_they_are_those_that_are_read_when_they_are_needed() -> None:
    models = ShippedModels("fast")
    assert models.embedder() is models.embedder()
    assert models.embedder().version == Embedder.load().version
    assert models.entailment("fast").version == EntailmentModel.load().version


def test_one_that_cannot_be_read_is_told_where_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ahead.FOLDERS, "fast", tmp_path)
    models = ShippedModels("fast")
    assert models.embedder().dimension == 384
    with pytest.raises(EntailmentError, match="cannot be loaded"):
        models.entailment("fast")
