"""How an answer ends: what is promised and what is seen are the same kind of value, so that they can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace

from proxy.actions.gate import CLOSED_MESSAGE
from proxy.drill.company import CALLED, HANDED_OVER

SHORT = 60  # characters of a text that nobody has given a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """``reads`` is exactly what the customer reads, with ``{ref}`` for a reference.

    ``verified`` and ``reason`` are those of the headers, in a stream of the final object; where body, record or trace
    say something else, ``disagreements`` has it. ``case``: a reference was told, and the ledger keeps it. ``also`` is
    what else was looked at, by name; ``told`` what the operator was told (a log, a report), of which a promise says the
    words that must be in it.
    """

    status: int | None = None
    error: str | None = None
    decision: str | None = None
    verified: bool | None = None
    reason: str | None = None
    reads: str | None = None
    case: bool = False
    recorded: bool = False
    also: Mapping[str, str] = field(default_factory=dict)
    told: str = ""
    disagreements: tuple[str, ...] = ()

    def keeps(self, promised: Outcome) -> bool:
        """Whether what was seen is what was promised."""
        names = (one.name for one in fields(self) if one.name != "told")
        same = all(getattr(self, name) == getattr(promised, name) for name in names)
        return same and promised.told in self.told

    def in_words(self, promised: Outcome | None = None) -> str:
        """For people; of what the operator was told, only what was promised where that is in it."""
        told = promised.told if promised and promised.told in self.told else self.told
        return "; ".join([*self._answer(), *self._kept(), *self._beside(told)])

    def _answer(self) -> Iterator[str]:
        if self.status is not None:
            yield f"HTTP {self.status}" + (f", {self.decision}" if self.decision else "")
        if self.error:
            yield f"error {self.error}"
        if self.verified is not None:
            yield "verified: yes" if self.verified else f"verified: no ({self.reason})"
        if self.reads is not None:
            yield f"the customer reads {named(self.reads)}"

    def _kept(self) -> Iterator[str]:
        if self.case:
            yield "the case is kept"
        if self.recorded:
            yield "recorded"

    def _beside(self, told: str) -> Iterator[str]:
        yield from (f"{name}: {value}" for name, value in self.also.items())
        if told:
            yield f"says “{told if len(told) <= 2 * SHORT else '…' + told[-2 * SHORT :]}”"
        yield from self.disagreements


def delivered(reads: str, unverified: str | None = None) -> Outcome:
    """An answer as the model gave it; ``unverified`` is the reason where it could not be checked."""
    return Outcome(
        status=200,
        decision="deliver",
        verified=unverified is None,
        reason=unverified,
        reads=reads,
        recorded=True,
    )


def withheld(unverified: str) -> Outcome:
    """A refusal in place of the answer."""
    return replace(delivered(CLOSED_MESSAGE, unverified), decision="refuse")


def handed_over(unverified: str | None = None) -> Outcome:
    """A reference in place of the answer, for a case that is kept."""
    return replace(delivered(HANDED_OVER, unverified), decision="escalate", case=True)


def named(text: str) -> str:
    """A customer's text with the known sentences by their names."""
    if not text:
        return "nothing"
    rest, parts = text, []
    while rest:
        known = next((sentence for sentence in CALLED if rest.startswith(sentence)), None)
        if known is None:
            parts.append(f"“{rest[:SHORT]}”")
            break
        parts.append(CALLED[known])
        rest = rest[len(known) :].lstrip()
    return ", ".join(parts)
