"""The shipped confidence model's file, as text."""

from __future__ import annotations

from pathlib import Path

CONFIDENCE_FILE = Path(__file__).resolve().parent / "confidence.json"


def confidence_json() -> str:
    return CONFIDENCE_FILE.read_text(encoding="utf-8")
