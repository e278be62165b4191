"""The benchmark's table: medians of the rounds, what was least and most, and ratios taken within each round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from benchmarks.gateway.rounds import DIRECT, Measured
from benchmarks.quality.tables import Table


@dataclass(frozen=True, slots=True)
class Row:
    """``added``: what the gateway adds to the direct way, which is shown as it is."""

    title: str
    measure: str
    digits: int = 2
    added: bool = False


ROWS = (
    Row("added p50, 1 connection, ms", "p50_ms", added=True),
    Row("added p99, 1 connection, ms", "p99_ms", added=True),
    Row("requests/s, 64 connections", "per_s", digits=0),
    Row("p50, 64 connections, ms", "p50_ms_64", digits=1),
    Row("p99, 64 connections, ms", "p99_ms_64", digits=1),
    Row("processor time for a request, 64 connections, ms", "cpu_ms"),
    Row("added to a stream's first byte, ms", "first_ms", added=True),
    Row("added to a whole stream, ms", "stream_ms", added=True),
    Row("added to the first byte, a chunk every 5 ms, ms", "slow_first_ms", added=True),
    Row("added to the whole, a chunk every 5 ms, ms", "slow_stream_ms", added=True),
    Row("start to the first answer, s (ours: guarded)", "start_s"),
    Row("resident memory after the first answer, MiB", "memory_idle_mib", digits=0),
    Row("resident memory after load, MiB", "memory_mib", digits=0),
)


def table(measured: Measured, ours: str) -> Table:
    """Columns: each gateway, then ours against each peer (below 1: ours is less)."""
    peers = [name for name in measured.names if name not in (DIRECT, ours)]
    columns = ["median [least – most]", *measured.names, *(f"{ours} / {peer}" for peer in peers)]
    rows = []
    for row in ROWS:
        found = {name: figures(measured, name, row) for name in measured.names}
        ratios = [ratio(found[ours], found[peer]) for peer in peers]
        rows.append([row.title, *(cell(found[name], row.digits) for name in measured.names), *ratios])
    return Table("Guard off, beside other gateways", columns, rows, note=note(measured))


def figures(measured: Measured, name: str, row: Row) -> list[float]:
    """One a round."""
    found = measured.figures[name][row.measure]
    if not row.added or name == DIRECT:
        return found
    return [mine - direct for mine, direct in zip(found, measured.figures[DIRECT][row.measure], strict=True)]


def cell(found: Sequence[float], digits: int) -> str:
    if not found:
        return ""
    middle, least, most = np.median(found), min(found), max(found)
    return f"{middle:,.{digits}f} [{least:,.{digits}f} – {most:,.{digits}f}]"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """The median of the rounds' ratios; figures of one round were taken within a minute of each other."""
    pairs = [mine / other for mine, other in zip(ours, theirs, strict=False) if other > 0]
    return f"{np.median(pairs):.2g}" if pairs else ""


def note(measured: Measured) -> str:
    failed = [
        f"{name}: {', '.join(f'{count} x {what}' for what, count in counted.items())}"
        for name, counted in measured.failed.items()
        if counted
    ]
    missing = [f"Not there, because it could not be installed or started: {', '.join(measured.missing)}."]
    return " ".join(
        [
            "`direct` is the provider itself, without a gateway.",
            *(missing if measured.missing else []),
            f"Requests that failed: {'; '.join(failed) or 'none'}.",
        ]
    )
