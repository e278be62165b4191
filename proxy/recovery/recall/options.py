"""The settings ``recall``: what is done by itself when the documents change, and how customers are told."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class RecallOptions(BaseModel):
    """Nothing is sent before a person has approved it, unless ``approve`` is ``nobody``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on_corpus_change: Literal["off", "propose", "detect"] = "propose"
    """Whether past answers are judged again when the documents change; `propose`: what was wrong counts only once a
    person says so."""
    approve: Literal["nobody", "one", "two"] = "one"
    """How many people have to approve a correction before it is sent, each another one; `nobody`: a draft that the
    documents support, of failures that count, is sent by `send_by` once it is made."""
    send_by: str = "next_turn"
    """How corrections are sent where nobody says it: `next_turn`, `mail`, or the name of a webhook of `notify`."""
    email_fact: str | None = None
    """The context fact that has a customer's mail address, for corrections by mail."""

    @property
    def approvals_needed(self) -> int:
        return {"nobody": 0, "one": 1, "two": 2}[self.approve]

    def __str__(self) -> str:
        chosen = ", ".join(f"{name}: {getattr(self, name)}" for name in sorted(self.model_fields_set))
        return chosen or "as shipped"
