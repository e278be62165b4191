"""A provider with several models behind one address, and what each of them says."""

from __future__ import annotations

from dataclasses import dataclass, field

from support.provider import JsonObject, Provider, Reply


@dataclass(slots=True)
class Models(Provider):
    """``said`` is by model; the others say ``usual``."""

    usual: str = "You must apply before you travel."
    said: dict[str, Reply] = field(default_factory=dict)

    def reply_to(self, request: JsonObject) -> Reply:
        return self.said.get(request["model"], Reply((self.usual,)))
