"""What is wrong with the documents: lint and conflicts, found in the background once for each state of the corpus."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from proxy.console.children import Children, JsonRows
from proxy.console.remembered import went_wrong
from proxy.corpus.validity import version_of
from proxy.wire.services import Services


@dataclass(slots=True)
class Checks:
    """The newest findings of each tenant's corpus. Whoever asks while they are looked for waits for the same ones."""

    children: Children
    _found: dict[tuple[str, str], tuple[str, asyncio.Task[JsonRows]]] = field(default_factory=dict)

    async def lint(self, services: Services) -> JsonRows:
        """Rows of ``cxai corpus lint``. Raises Problem."""
        return await self._rows(services, "lint")

    async def conflicts(self, services: Services) -> JsonRows:
        """Rows of ``cxai corpus conflicts``. Raises Problem."""
        return await self._rows(services, "conflicts")

    async def _rows(self, services: Services, what: str) -> JsonRows:
        key, version = (services.tenant, what), version_of(services.corpus.current.documents)
        known = self._found.get(key)
        failed = known is not None and known[1].done() and went_wrong(known[1])
        if known is None or known[0] != version or failed:
            command = ("corpus", what, services.corpus.place, "--json")
            known = self._found[key] = (version, asyncio.create_task(self.children.rows(*command)))
        # Who leaves the page does not end it: the next one finds it done.
        return await asyncio.shield(known[1])
