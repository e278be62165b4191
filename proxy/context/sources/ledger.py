"""What our own ledger says of a customer: a case that is open, what went wrong lately, promises that are due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from proxy.context.sources.source import Asked, Found, SourceError, Surroundings
from proxy.context.sources.threads import Threads
from proxy.ledger.errors import LedgerError
from proxy.ledger.ledger import Ledger
from proxy.rules.context_options import LedgerOptions, Origin, SourceOptions

MOST_AT_ONCE = 8


class LedgerSource:
    """Its facts are named after the fields of ``ledger.standing.Standing``."""

    def __init__(self, ledger: Ledger | None, tenant: str, origins: Mapping[str, Origin]) -> None:
        self._ledger = ledger
        self._tenant = tenant
        self._names = {fact: origin.value or fact for fact, origin in origins.items()}
        self._threads = Threads("ledger", MOST_AT_ONCE)

    async def read(self, asked: Asked) -> Mapping[str, Found]:
        ledger = self._ledger
        if ledger is None:
            raise SourceError("is not there: there is no ledger yet")
        try:
            standing = await self._threads.run(
                lambda: ledger.standing(self._tenant, asked.customer_id, asked.at)
            )
        except LedgerError:
            raise SourceError("cannot be read; the log and /readyz say why") from None
        known = asdict(standing)
        return {fact: Found(known[name]) for fact, name in self._names.items()}

    async def close(self) -> None:
        self._threads.close()


def open_ledger(
    options: SourceOptions, origins: Mapping[str, Origin], surroundings: Surroundings
) -> LedgerSource:
    assert isinstance(options, LedgerOptions)
    return LedgerSource(surroundings.ledger, surroundings.tenant, origins)
