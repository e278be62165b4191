"""The entailment model: what is not there is said in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxy.models.entailment import EntailmentError, EntailmentModel


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EntailmentError, match="make model"):
        EntailmentModel.load(tmp_path)
