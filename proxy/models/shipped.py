"""The built-in verifier's tiers: for each a folder with an entailment model and the confidence fitted on it."""

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


def confidence_json(tier: Tier = "fast") -> str:
    """The fitted confidence, for ``confidence.model_from_json``."""
    return (FOLDERS[tier] / CONFIDENCE_FILE).read_text(encoding="utf-8")
