"""What is fitted and shipped: the verifier's tiers, each a model and its confidence; messages' signs; recall."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Tier = Literal["fast", "thorough"]

_MODELS = Path(__file__).resolve().parent
FOLDERS: dict[Tier, Path] = {
    "fast": _MODELS / "entailment-minilm",
    "thorough": _MODELS / "entailment-mpnet",
}
CONFIDENCE_FILE = "confidence.json"
MESSAGE_SIGNS = _MODELS / "message_signs.json"
RECALLED = _MODELS / "recalled.json"


def confidence_json(tier: Tier = "fast") -> str:
    """The fitted confidence, for ``confidence.model_from_json``."""
    return (FOLDERS[tier] / CONFIDENCE_FILE).read_text(encoding="utf-8")


def message_signs_json() -> str:
    """The fitted models of messages' signs, for ``classifier.models_from_json``."""
    return MESSAGE_SIGNS.read_text(encoding="utf-8")


def recalled_json() -> str:
    """The fitted weights by which a sentence says an asked thing (``proxy/recovery/recall/confirming.py``)."""
    return RECALLED.read_text(encoding="utf-8")
