"""What commands say of a suite that was played: the figures in a table, or as one JSON object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from proxy.commands.output import counted, print_table

if TYPE_CHECKING:
    from proxy.intervals import Rate
    from proxy.rehearsal.replay.summary import Summary
    from proxy.rehearsal.suite.reading import Suite

_OF_MODEL = {"recorded": ", without a model's own time", "live": ", the model's own time with it"}
COLUMNS = ("what", "share", "95% interval", "how many", "of")


def print_summary(found: Summary, suite: Suite, upstream: str, digest: str) -> None:
    sampling = suite.head.sampling
    print(
        f"{suite.head.suite}: {counted(found.turns, 'turn')} of {counted(found.conversations, 'conversation')}; "
        f"the suite has {sampling.taken} of {sampling.of} that were there ({sampling.how})"
    )
    print_table(COLUMNS, list(_rows(found)), empty="Nothing was played.")
    first, whole = (
        f"{times(0.5):.0f} ms (half), {times(0.95):.0f} ms (95 of 100), {times(0.99):.0f} ms (99 of 100)"
        for times in (found.first_ms, found.latency_ms)
    )
    print(f"The first word of an answer was there within {first},")
    print(f"all of it within {whole}{_OF_MODEL[upstream]}.")
    print(f"The results' digest is {digest}.")


def _rows(found: Summary) -> Iterator[tuple[Any, ...]]:
    from proxy.rehearsal.replay.summary import MEASURES

    for name, (what, of) in MEASURES.items():
        rate = found.rate(name)
        if rate.n:
            yield what, *rate_cells(rate, of)


def rate_cells(rate: Rate, of: str) -> tuple[Any, ...]:
    """A share in the columns behind the first."""
    interval = f"{_percent(rate.low)} to {_percent(rate.high)}"
    return _percent(rate.share), interval, rate.hits, f"{rate.n} {of}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def summary_json(found: Summary, suite: Suite, digest: str) -> dict[str, Any]:
    from proxy.rehearsal.replay.summary import MEASURES

    return {
        "suite": suite.head.suite,
        "turns": found.turns,
        "conversations": found.conversations,
        "results": digest,
        **{name: rate_json(found.rate(name)) for name in MEASURES},
        "first_ms": _quantiles(found.first_ms),
        "latency_ms": _quantiles(found.latency_ms),
    }


def _quantiles(times: Callable[[float], float]) -> dict[str, float]:
    return {"p50": times(0.5), "p95": times(0.95), "p99": times(0.99)}


def rate_json(rate: Rate) -> dict[str, Any]:
    return {"hits": rate.hits, "n": rate.n, "low": round(rate.low, 4), "high": round(rate.high, 4)}
