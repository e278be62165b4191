"""What is compared: customers' messages with what was known when they came, a suite's or those of production."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a customer. What is None is not known, and its message counts as unknown in that dimension.

    ``at`` is its time in seconds (any epoch). ``context`` says how complete the customer's context was (``complete``,
    ``stale``, ``missing``, ...), ``context_age_s`` how old it was; ``fault`` is ``none`` or what went wrong on the way
    (``429``, ``time-out``, ``cut stream``, ...).
    """

    conversation: str
    text: str
    at: float | None = None
    channel: str | None = None
    language: str | None = None
    intents: int | None = None
    context: str | None = None
    context_age_s: float | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Traffic:
    """n messages with their embeddings, (n, d), or None where nobody has embedded them. ``name`` is used in words."""

    name: str
    messages: tuple[Message, ...]
    vectors: Floats | None = None

    def __len__(self) -> int:
        return len(self.messages)

    @property
    def conversations(self) -> Ints:
        """A number for each message's conversation, (n,)."""
        names = np.array([each.conversation for each in self.messages], dtype=object)
        return np.unique(names, return_inverse=True)[1].astype(np.int64)

    def take(self, rows: Sequence[int] | Ints) -> Self:
        return type(self)(
            self.name,
            tuple(self.messages[row] for row in rows),
            None if self.vectors is None else self.vectors[np.asarray(rows, dtype=np.int64)],
        )
