"""A gate for JSON that a program asked for: each sentence in it is judged by itself and repaired inside its string.

The JSON stays valid, and conforms to the schema that was asked for. Where no repair can, the whole choice is withheld,
and what the customer is to read is its refusal: the honest message would be no JSON. What is no JSON is judged as text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jsonschema_rs

from proxy.actions.decide import Action, Judged, Ruling
from proxy.actions.gate import Desk, Gate, Settled
from proxy.grounding.claims.fragments import is_sentence
from proxy.grounding.text.json_strings import (
    JsonString,
    json_strings,
    json_value,
    literal_at,
    places_of,
    with_values,
)

LONGEST_SEARCH = 100_000  # steps back that a schema's pattern may take


@dataclass(frozen=True, slots=True)
class JsonOutput:
    """What was asked for: any JSON, or such as conforms to ``schema``, which is the client's and may be none."""

    schema: Mapping[str, Any] | None = None

    def allows(self, repaired: str) -> bool:
        """Whether a repaired text is still what was asked for. A schema that cannot be read allows no repair."""
        if self.schema is None:
            return True
        try:
            # The schema comes from the client: a pattern may not take for ever, and no reference leads outside.
            patterns = jsonschema_rs.FancyRegexOptions(backtrack_limit=LONGEST_SEARCH)
            validator = jsonschema_rs.validator_for(dict(self.schema), pattern_options=patterns, offline=True)
            return bool(validator.is_valid(json_value(repaired)))
        except ValueError:
            return False


@dataclass(slots=True)
class _Part:
    """A sentence's string and the gate that its value goes through."""

    string: JsonString
    gate: Gate
    judged: Sequence[Judged] = field(default_factory=tuple)


class JsonGate(Gate):
    """Takes a choice as a whole: nothing leaves before ``finish``."""

    takes_words = False  # behind the JSON they would make it none

    def __init__(self, desk: Desk, choice: int, output: JsonOutput) -> None:
        super().__init__(desk, choice)
        self._output = output
        self._text = ""
        self._foreseen_parts: tuple[str, list[_Part] | None] = ("", None)

    async def feed(self, text: str) -> str:
        self._text += text
        return ""

    async def foresee(self, text: str) -> Sequence[Judged]:
        parts = await self._parts_of(text)
        if parts is None:
            return await super().foresee(text)
        for part, judged in zip(
            parts,
            await asyncio.gather(*(part.gate.foresee(part.string.value) for part in parts)),
            strict=True,
        ):
            part.judged = judged
        self._foreseen_parts = text, parts
        return [one for part in parts for one in part.judged]

    def rerule(self, ruled: Callable[[Judged], Judged]) -> None:
        super().rerule(ruled)
        for part in self._foreseen_parts[1] or ():
            part.gate.rerule(ruled)
            part.judged = [ruled(one) for one in part.judged]

    async def finish(self) -> str:
        if self._ended:
            return ""
        foreseen_text, parts = self._foreseen_parts
        if parts is None or foreseen_text != self._text:
            parts = await self._parts_of(self._text)
        if parts is None:
            return await super().feed(self._text) + await super().finish()
        self._ended, self.model_text = True, self._text
        return await self._deliver(parts)

    async def _parts_of(self, text: str) -> list[_Part] | None:
        strings = await asyncio.to_thread(json_strings, text)
        if strings is None:
            return None
        return [_Part(one, Gate(self._desk, self.choice)) for one in strings if is_sentence(one.value)]

    async def _deliver(self, parts: Sequence[_Part]) -> str:
        if not parts:
            self._desk.mark_unverified("no_text")
        for part in parts:
            await part.gate.feed(part.string.value)
            await part.gate.finish()
            if part.gate.closed is not None:
                return self._withhold(part.gate)
        changed = {part.string: part.gate.delivered for part in parts if part.gate.changed}
        repaired = with_values(self._text, changed)
        if changed and not await self._may_stand(changed, repaired):
            return await self._hand_over(next(part for part in parts if part.gate.changed))
        self.settled = _settled(parts, repaired)
        return self._emit(repaired)

    async def _may_stand(self, changed: Mapping[JsonString, str], repaired: str) -> bool:
        """A key's name is the program's: no other can stand in for it."""
        if any(string.is_key for string in changed):
            return False
        return await asyncio.to_thread(self._output.allows, repaired)

    def _withhold(self, inner: Gate) -> str:
        """What closed one string closes the choice."""
        closing = inner.settled[-1]
        self.closed = inner.closed
        self.refusal = inner.refusal or inner.delivered[closing.start : closing.end]
        self.settled = [Settled(closing.judged, 0, 0)]
        return ""

    async def _hand_over(self, part: _Part) -> str:
        """A repair for which the schema has no place is none. The sentence was noted when its string was judged."""
        wrong = next(
            one.judged for one in part.gate.settled if one.judged.ruling.action is not Action.DELIVER
        )
        ruling = Ruling(Action.ESCALATE, f"{wrong.ruling.reason}; a repair would not conform to the schema")
        judged, self.refusal = await self._desk.hand_over(wrong.ruled(ruling))
        self.closed = judged.ruling.action
        self.settled = [Settled(judged, 0, 0)]
        return ""


def _settled(parts: Sequence[_Part], delivered: str) -> list[Settled]:
    """What was judged in the strings, by its place in the whole text."""
    settled, moved = [], 0
    for part in parts:
        start = part.string.start + moved
        places = [start + place for place in places_of(literal_at(delivered, start))]
        moved = places[-1] + 1 - part.string.end
        settled += [replace(one, start=places[one.start], end=places[one.end]) for one in part.gate.settled]
    return settled
