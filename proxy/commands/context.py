"""``cxai context explain``: what is known of one customer now, how old it is, and why what is missing is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import (
    CommandError,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    PoliciesOption,
    check_tenant,
    existing_ledger,
    ledger_exists,
    load,
    policies_in,
)
from proxy.commands.output import print_json_lines, print_table

if TYPE_CHECKING:
    from proxy.context.gathering import ContextReader
    from proxy.context.snapshot import ContextFact, Reading, Snapshot
    from proxy.ledger.ledger import Ledger
    from proxy.rules.context_options import ContextOptions
    from proxy.settings import Settings

MASKED = "(masked)"

context = typer.Typer(
    no_args_is_help=True, help="What is known of customers: declared facts and their sources."
)

OneTenantOption = Annotated[str, typer.Option("--tenant", help="Whose policies and records count.")]


@dataclass(frozen=True, slots=True)
class Declared:
    """A tenant's declaration, with where its policies and records are."""

    options: ContextOptions
    folder: Path | None
    tenant: str
    ledger: Ledger | None


@context.command("explain")
def explain(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id.")],
    header: Annotated[
        list[str] | None,
        typer.Option("--header", metavar="NAME=VALUE", help="A fact as a header would say it: tier=gold."),
    ] = None,
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Read all declared facts about a customer now, as a request would, and say what there is and why not more.

    For example: cxai context explain c-4711
    """
    headers = dict(map(_header, header or ()))
    settings = load(config, policies=policies, database_url=database_url).settings
    with declared(settings, tenant) as place:
        found = asyncio.run(_read(place, customer, headers))
    if as_json:
        print_json_lines(_json_rows(found))
        return
    columns = ("fact", "class", "state", "value to act on", "age", "source", "why")
    title = f"{customer}: {found.completeness:.0%} complete, read in {found.spent_ms:.0f} ms"
    print_table(columns, list(_rows(found)), empty="No facts are declared.", title=title)


@contextmanager
def declared(settings: Settings, tenant: str) -> Iterator[Declared]:
    """What is declared for a tenant. Where there is no ledger yet, the others are asked without it."""
    check_tenant(settings, tenant)
    own = settings.of_tenant(tenant)
    options = policies_in(own).context
    if not ledger_exists(settings):
        yield Declared(options, own.policies, tenant, None)
        return
    with existing_ledger(settings) as ledger:
        yield Declared(options, own.policies, tenant, ledger)


def age_in_words(seconds: float | None) -> str | None:
    """``3m``, ``2.5h``: in the largest unit that makes it at least one."""
    if seconds is None:
        return None
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if abs(seconds) >= size:
            return f"{seconds / size:.1f}".removesuffix(".0") + unit
    return f"{seconds:.1f}".removesuffix(".0") + "s"


def _header(written: str) -> tuple[str, str]:
    from proxy.context.sources.headers import CONTEXT_PREFIX

    name, equals, value = written.partition("=")
    if not equals or not name.strip():
        raise CommandError(f'--header: "{written}" has no value; write --header tier=gold')
    return CONTEXT_PREFIX + name.strip().lower().replace("_", "-").removeprefix(CONTEXT_PREFIX), value


@asynccontextmanager
async def reader_of(place: Declared) -> AsyncIterator[ContextReader]:
    """What reads the declared sources; their connections end with it."""
    from proxy.context.gathering import ContextReader
    from proxy.context.sources.source import Surroundings
    from proxy.telemetry.metrics import Metrics

    surroundings = Surroundings(place.folder, os.environ, place.ledger, place.tenant)
    reader = ContextReader(surroundings, Metrics())
    try:
        yield reader
    finally:
        await reader.close()


async def _read(place: Declared, customer: str, headers: dict[str, str]) -> Snapshot:
    async with reader_of(place) as reader:
        return await reader.snapshot(place.options, customer, now=datetime.now(UTC), headers=headers)


def _json_rows(found: Snapshot) -> Iterator[dict[str, Any]]:
    from proxy.context.record import context_record

    record = context_record(found) or {"facts": {}}
    for name, fact in record["facts"].items():
        yield {"fact": name, **fact, "masked": found.facts[name].masked}


def _rows(found: Snapshot) -> Iterator[Sequence[Any]]:
    """A line for each fact, and below those that several sources say, a line for each of these."""
    assert found.at is not None
    for fact in found.facts.values():
        reading = fact.reading
        said = _told(reading, found.at) if reading else (None, None, _conflict(fact))
        yield fact.name, fact.importance.value, fact.state.value, _value(fact), *said
        if len(fact.readings) > 1:
            for one in fact.readings:
                value = MASKED if fact.masked and one.value is not None else one.value
                yield "", "", f"  {one.state.value}", value, *_told(one, found.at)


def _told(reading: Reading, now: datetime) -> tuple[str | None, str, str | None]:
    age = reading.age(now) if reading.value is not None else None
    return age_in_words(age.total_seconds() if age is not None else None), reading.source, reading.problem


def _value(fact: ContextFact) -> Any:
    if fact.value is None:
        return None
    if fact.masked:
        return MASKED
    shown = ("yes" if fact.value else "no") if isinstance(fact.value, bool) else fact.value
    return shown if fact.is_fresh else f"{shown} (protects the customer)"


def _conflict(fact: ContextFact) -> str:
    return "sources differ: " + ", ".join(one.source for one in fact.readings)
