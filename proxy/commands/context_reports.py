"""``cxai context compare`` and ``cxai context freshness``: how far sources agree, and how fresh facts were."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from proxy.commands.context import (
    MASKED,
    Declared,
    OneTenantOption,
    age_in_words,
    context,
    declared,
    reader_of,
)
from proxy.commands.options import (
    CommandError,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    PoliciesOption,
    SinceOption,
    TenantOption,
    existing_ledger,
    load,
    moment,
)
from proxy.commands.output import print_json_lines, print_table

if TYPE_CHECKING:
    from proxy.context.comparing import Compared
    from proxy.context.freshness import Freshness
    from proxy.rules.context_options import ContextOptions

_NOT_THE_SAME = ("different", "only_first", "only_second")


@context.command("compare")
def compare(
    first: Annotated[str, typer.Argument(metavar="SOURCE", help="A source, as the policies name it.")],
    second: Annotated[str, typer.Argument(metavar="SOURCE", help="Another one.")],
    customers: Annotated[
        Path | None,
        typer.Option("--customers", metavar="FILE", help="A file with a customer's id in each line."),
    ] = None,
    sample: Annotated[
        int | None, typer.Option("--sample", min=1, help="The customers of the newest decisions, so many.")
    ] = None,
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """List for whom two sources differ, in the facts that both are declared to say, however old they are.

    For example: cxai context compare crm tickets --sample 200
    """
    if (customers is None) == (sample is None):
        raise CommandError("say whose facts are compared: --customers FILE or --sample N")
    settings = load(config, policies=policies, database_url=database_url).settings
    with declared(settings, tenant) as place:
        both = _said_by_both(place.options, first, second)
        ids = _listed(customers) if customers is not None else _sampled(place, sample or 0)
        found = asyncio.run(_compared(place, both, ids))
    if as_json:
        print_json_lines(map(_compared_as_json, found))
        return
    words = _words(first, second)
    differing = [one for one in found if one.agreement in _NOT_THE_SAME]
    rows = [
        (
            one.customer_id,
            one.fact.name,
            words[one.agreement],
            _shown(one, True),
            _shown(one, False),
        )
        for one in differing
    ]
    columns = ("customer", "fact", "", first, second)
    print_table(columns, rows, empty="Nobody differs.", title=f"Customers compared: {len(ids)}")
    _print_totals(found, both, words)


@context.command("freshness")
def freshness(
    since: SinceOption = "7d",
    by: Annotated[
        Literal["hour", "day", "all"], typer.Option(help="The periods (UTC) that are told apart.")
    ] = "day",
    tenant: TenantOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Show how old facts were when answers were decided, and how often they were missing, failed or stale.

    For example: cxai context freshness --since 7d
    """
    from proxy.context.freshness import freshness as freshness_of

    settings = load(config, database_url=database_url).settings
    with existing_ledger(settings) as ledger:
        found = freshness_of(ledger.contexts(since=moment(since), tenant=tenant), by)
    if as_json:
        print_json_lines(map(_freshness_as_json, found))
        return
    columns = (
        "when (UTC)",
        "source",
        "fact",
        "reads",
        "fresh",
        "stale",
        "missing",
        "failed",
        "age p50",
        "p90",
        "p99",
    )
    empty = "No decision about a known customer has its context recorded in this time."
    print_table(columns, list(map(_freshness_row, found)), empty=empty)


def _said_by_both(options: ContextOptions, first: str, second: str) -> ContextOptions:
    from proxy.context.comparing import said_by_both
    from proxy.rules.mistakes import suggestion

    known = [source.name for source in options.sources]
    for name in (first, second):
        if name not in known:
            raise CommandError(f'there is no source "{name}"{suggestion(name, known)}')
    both = said_by_both(options, first, second)
    if first == second or not both.facts:
        raise CommandError(
            f'no fact is declared to come from both "{first}" and "{second}"; name both below its "from" in '
            "policies/context.yaml"
        )
    return both


def _listed(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    found = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if not found:
        raise CommandError(f"{file}: has no customer's id; write one in each line")
    return found


def _sampled(place: Declared, most: int) -> list[str]:
    found = place.ledger.recent_customers(place.tenant, most) if place.ledger is not None else []
    if not found:
        raise CommandError("no decision names a customer yet; --customers FILE lists them")
    return found


async def _compared(place: Declared, both: ContextOptions, customers: Sequence[str]) -> list[Compared]:
    from proxy.context.comparing import compare as compared

    async with reader_of(place) as reader:
        return [one async for one in compared(reader, both, customers, datetime.now(UTC))]


def _compared_as_json(one: Compared) -> dict[str, Any]:
    told = {
        reading.source: None if reading.value is None else MASKED if one.fact.masked else reading.value
        for reading in (one.first, one.second)
    }
    problems = {reading.source: reading.problem for reading in (one.first, one.second) if reading.problem}
    return {
        "customer": one.customer_id,
        "fact": one.fact.name,
        "agreement": one.agreement.value,
        "values": told,
        "problems": problems,
    }


def _shown(one: Compared, is_first: bool) -> Any:
    reading = one.first if is_first else one.second
    return reading.problem if reading.value is None else MASKED if one.fact.masked else reading.value


def _words(first: str, second: str) -> dict[str, str]:
    """What each agreement is called, in the order of the table's columns."""
    return {
        "same": "same",
        "different": "different",
        "only_first": f"only {first}",
        "only_second": f"only {second}",
        "neither": "neither",
        "not_read": "not read",
    }


def _print_totals(found: Sequence[Compared], both: ContextOptions, words: Mapping[str, str]) -> None:
    from proxy.context.comparing import Agreement

    rows = []
    for fact in both.types:
        counts = Counter(one.agreement for one in found if one.fact.name == fact)
        said = counts[Agreement.SAME] + sum(counts[Agreement(one)] for one in _NOT_THE_SAME)
        share = f"{(said - counts[Agreement.SAME]) / said:.0%}" if said else None
        rows.append((fact, *(counts[Agreement(one)] for one in words), share))
    columns = ("fact", *words.values(), "differ")
    print_table(columns, rows, empty="")


def _freshness_row(one: Freshness) -> tuple[Any, ...]:
    from proxy.context.snapshot import FactState

    ages = one.age_percentiles_s() or {}
    shares = (FactState.FRESH, FactState.STALE, FactState.MISSING, FactState.FAILED)
    return (
        one.period,
        one.source,
        one.fact,
        one.reads,
        *(f"{one.share(state):.1%}" for state in shares),
        *(age_in_words(ages.get(percentile)) for percentile in (50, 90, 99)),
    )


def _freshness_as_json(one: Freshness) -> dict[str, Any]:
    ages = one.age_percentiles_s()
    return {
        "period": one.period,
        "source": one.source,
        "fact": one.fact,
        "reads": one.reads,
        "states": dict(one.states),
        "age_s": ages and {f"p{percentile}": round(age, 3) for percentile, age in ages.items()},
    }
