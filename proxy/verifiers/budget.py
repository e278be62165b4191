"""The cascade's monthly budget, in requests and in money, kept in the ledger: restarts and replicas share it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from proxy.verifiers.judge import Usage

if TYPE_CHECKING:
    from proxy.ledger.ledger import Ledger

ACCOUNT = "cascade"
MICROS = 1_000_000  # of a currency unit; a price for a million tokens is also one token's price in micros


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, in any currency."""

    input: float = 0.0
    output: float = 0.0

    def micros(self, input_tokens: int, output_tokens: int) -> int:
        return round(input_tokens * self.input + output_tokens * self.output)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A request that is counted before it is made, with the most that it may cost."""

    month: str
    micros: int


@dataclass(frozen=True, slots=True)
class Budget:
    """Months are UTC's. None means that there is no limit of that sort."""

    ledger: Ledger
    prices: Prices
    most_requests: int | None
    most_cost: float | None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def reserve(self, input_tokens: int, output_tokens: int) -> Reservation | None:
        """Count a request of at most so many tokens; None where the budget does not have it. Raises LedgerError."""
        month = self.now().astimezone(UTC).strftime("%Y-%m")
        micros = self.prices.micros(input_tokens, output_tokens)
        most = None if self.most_cost is None else round(self.most_cost * MICROS)
        granted = self.ledger.spending.spend(
            ACCOUNT, month, requests=1, micros=micros, most_requests=self.most_requests, most_micros=most
        )
        return Reservation(month, micros) if granted else None

    def settle(self, reservation: Reservation, usage: Usage) -> float:
        """Put what it cost in the place of what was reserved, which stays where there is no count; return it."""
        if usage.input_tokens is None or usage.output_tokens is None:
            return reservation.micros / MICROS
        micros = self.prices.micros(usage.input_tokens, usage.output_tokens)
        if micros != reservation.micros:
            self.ledger.spending.spend(
                ACCOUNT, reservation.month, requests=0, micros=micros - reservation.micros
            )
        return micros / MICROS

    def give_back(self, reservation: Reservation) -> None:
        """The request was not made, or was turned away."""
        self.ledger.spending.spend(ACCOUNT, reservation.month, requests=-1, micros=-reservation.micros)
