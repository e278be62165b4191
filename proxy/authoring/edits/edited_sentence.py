"""What the generators make: a sentence of a policy document, reworded or falsified, with its label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Label = Literal["supported", "contradicted", "unsupported"]


@dataclass(frozen=True, slots=True)
class EditedSentence:
    """``text`` judged against the document of ``original``; ``kind`` names the one thing that was changed."""

    text: str
    label: Label
    kind: str
    original: str

    @property
    def supported(self) -> bool:
        return self.label == "supported"
