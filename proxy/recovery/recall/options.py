"""The settings ``recall``: what is done by itself when the documents change, and how customers are told."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class RecallOptions(BaseModel):
    """Nothing is sent before a person has approved it, unless ``approve`` says so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on_corpus_change: Literal["off", "propose", "detect"] = "propose"
    """Whether past answers are judged again when the documents change; `propose`: what was wrong counts only once a
    person says so."""
    email_fact: str | None = None
    """The context fact that has a customer's mail address, for corrections by mail."""

    def __str__(self) -> str:
        chosen = ", ".join(f"{name}: {getattr(self, name)}" for name in sorted(self.model_fields_set))
        return chosen or "as shipped"
