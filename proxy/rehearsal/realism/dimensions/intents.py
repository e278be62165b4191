"""How many things a message asks for at once; four and more are taken together."""

from __future__ import annotations

from proxy.rehearsal.realism.dimensions.dimension import Categories
from proxy.rehearsal.realism.traffic import Message

_MOST = 4


def _of(message: Message) -> str | None:
    if message.intents is None:
        return None
    return f"{_MOST}+" if message.intents >= _MOST else str(message.intents)


def _phrase(number: str) -> str:
    return f"have {number} intent" + ("" if number == "1" else "s")


INTENTS = Categories("intents", "how many things a message asks for", _of, _phrase)
