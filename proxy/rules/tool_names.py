"""Which tools are really called, against those that rules name: a misspelt name stops nothing, and nobody notices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from proxy.rules.facts import ToolCall
from proxy.rules.mistakes import near

MANY_CALLS = 200  # after so many calls of other tools, a name that never came is worth a word
ALMOST_THE_SAME = 0.85
MOST_NAMES = 500  # models make names up; more than that are not kept

_TEXT = r"(?:\"([^\"\\\n]+)\"|'([^'\\\n]+)')"
_NAMED = re.compile(rf"\w\.name\s*(?:==\s*{_TEXT}|in\s*\[([^\]]*)\])")


def named_in(condition: str) -> list[str]:
    """The tools that a condition names: ``tool_call.name == "issue_refund"``, ``call.name in ["a", "b"]``."""
    names = []
    for double, single, several in _NAMED.findall(condition):
        listed = re.findall(_TEXT, several) if several else [(double, single)]
        names += [one or other for one, other in listed]
    return list(dict.fromkeys(names))


@dataclass(slots=True)
class ToolsSeen:
    """The names of the tools that were called since the start."""

    names: frozenset[str] = frozenset()
    calls: int = 0

    def saw(self, calls: Iterable[ToolCall]) -> None:
        for call in calls:
            self.calls += 1
            if call.name and call.name not in self.names and len(self.names) < MOST_NAMES:
                self.names |= {call.name}

    def take_over(self, seen: ToolsSeen) -> None:
        """Go on from what was seen under other rules."""
        self.names, self.calls = seen.names, seen.calls

    def unmet(self, condition: str) -> Iterator[str]:
        """What is to be said of each name that no call had: at once where one is very near, else after many calls."""
        for name in named_in(condition):
            if name in self.names:
                continue
            if meant := near(name, sorted(self.names), cutoff=ALMOST_THE_SAME):
                yield f'no call of the tool "{name}" was seen{meant}'
            elif self.calls >= MANY_CALLS:
                yield f'among {MANY_CALLS} calls and more none was of the tool "{name}"; is its name right?'
