"""Sources as they are declared, asked alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from support.declared import declared, source_named

from proxy.context.sources.registry import open_source
from proxy.context.sources.source import Asked, Found, Surroundings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
Ask = Callable[..., Mapping[str, Found]]


@pytest.fixture
def ask() -> Ask:
    """Opens the source ``x`` of a declaration, asks it about a customer and closes it."""

    def asked(
        text: str, customer_id: str = "c-1", headers: Mapping[str, str] | None = None, **surroundings: Any
    ) -> Mapping[str, Found]:
        return asyncio.run(_asked(text, Asked(customer_id, NOW, headers or {}), Surroundings(**surroundings)))

    return asked


async def _asked(text: str, asked: Asked, surroundings: Surroundings) -> Mapping[str, Found]:
    context = declared(text)
    name = "x" if any(source.name == "x" for source in context.sources) else "ledger"
    source = open_source(source_named(name, context), context.facts_from(name), surroundings)
    try:
        return await source.read(asked)
    finally:
        await source.close()
