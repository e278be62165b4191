"""What the models' card says of them is what the documentation of quality says."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
MODELS = REPOSITORY / "proxy" / "models"
CARD = (MODELS / "README.md").read_text(encoding="utf-8")
FIGURES = CARD.split("## Figures of the judge as a whole")[1].split("## message_signs.json")[0]


def test_every_figure_of_the_card_stands_so_in_the_documentation() -> None:
    documented = (REPOSITORY / "docs" / "quality.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in FIGURES.splitlines() if line.startswith("|")]
    assert len(rows) > 20
    assert [row for row in rows if row not in documented] == []


@pytest.mark.parametrize("model", sorted(path.parent.name for path in MODELS.glob("*/model.int8.onnx")))
def test_the_card_names_the_shipped_weights_by_their_hash(model: str) -> None:
    assert sha256((MODELS / model / "model.int8.onnx").read_bytes()).hexdigest() in CARD
