"""What is measured of each gateway, in rounds: one after the other, each round beginning with another of them."""

from __future__ import annotations

import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

import numpy as np
from benchmarks.gateway.client import Load, load
from benchmarks.gateway.gateways import Gateway, Make
from benchmarks.gateway.processes import NotStarted, Running, running, running_provider

WARM_UP_S = 4.0
REST_S = 0.3
DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Plan:
    """How long each measurement takes at most, in seconds, how many rounds there are, and how many starts are timed."""

    rounds: int = 7
    starts: int = 3
    one_s: float = 5.0
    many_s: float = 8.0
    stream_s: float = 3.0


@dataclass(slots=True)
class Measured:
    """Figures by gateway and measure, one for each round; what failed, and who could not be started."""

    names: list[str] = field(default_factory=lambda: [DIRECT])
    figures: dict[str, dict[str, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    failed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    missing: list[str] = field(default_factory=list)

    def note(self, name: str, **figures: float) -> None:
        for measure, figure in figures.items():
            self.figures[name][measure].append(figure)


def measure(makes: Sequence[Make], plan: Plan, tell: Callable[[str], None]) -> Measured:
    """Time the starts, then load what runs; a gateway that does not start is left out and named."""
    measured = Measured()
    with tempfile.TemporaryDirectory() as folder, running_provider() as provider, ExitStack() as stack:
        makes = [make for make in makes if _starts(make, provider, Path(folder), plan, measured, tell)]
        gateways = [Running(Gateway(DIRECT), provider)]
        for number, make in enumerate(makes):
            place = Path(folder, f"running-{number}")
            place.mkdir()
            gateways.append(stack.enter_context(running(make, provider, place)))
        for each in gateways:
            for asking, count in ((each.asking(), 3000), (each.asking(stream=True), 1000)):
                load(each.url, repeat(asking, count), connections=4, at_most_s=WARM_UP_S)
        for number in range(plan.rounds):
            tell(f"round {number + 1} of {plan.rounds}")
            _round(gateways[number % len(gateways) :] + gateways[: number % len(gateways)], plan, measured)
    return measured


def _starts(
    make: Make, provider: str, folder: Path, plan: Plan, measured: Measured, tell: Callable[[str], None]
) -> bool:
    for number in range(plan.starts):
        place = folder / f"start-{make.__name__}-{number}"
        place.mkdir()
        try:
            with running(make, provider, place) as started:
                name = started.gateway.name
                measured.note(name, start_s=started.started_s, memory_idle_mib=started.memory_mib())
        except NotStarted as why:
            tell(str(why))
            measured.missing.append(make.__name__)
            return False
    measured.names.append(name)
    return True


def _round(gateways: Sequence[Running], plan: Plan, measured: Measured) -> None:
    for step in (_one_connection, _many_connections, _stream, _slow_stream):
        for each in gateways:
            step(each, plan, measured)
            time.sleep(REST_S)
    for each in gateways:
        if each.process:
            measured.note(each.gateway.name, memory_mib=each.memory_mib())


def _one_connection(each: Running, plan: Plan, measured: Measured) -> None:
    found = _loaded(each, each.asking(), 1, plan.one_s, measured)
    measured.note(each.gateway.name, p50_ms=_ms(found.total_s, 50), p99_ms=_ms(found.total_s, 99))


def _many_connections(each: Running, plan: Plan, measured: Measured) -> None:
    before = each.cpu_s()
    found = _loaded(each, each.asking(), 64, plan.many_s, measured)
    answers, name = len(found.total_s), each.gateway.name
    measured.note(name, per_s=answers / found.wall_s, p50_ms_64=_ms(found.total_s, 50))
    measured.note(name, p99_ms_64=_ms(found.total_s, 99))
    if each.process:
        measured.note(name, cpu_ms=(each.cpu_s() - before) * 1000 / max(1, answers))


def _stream(each: Running, plan: Plan, measured: Measured) -> None:
    found = _loaded(each, each.asking(stream=True), 1, plan.stream_s, measured)
    measured.note(each.gateway.name, first_ms=_ms(found.first_event_s, 50), stream_ms=_ms(found.total_s, 50))


def _slow_stream(each: Running, plan: Plan, measured: Measured) -> None:
    asking = each.asking(stream=True, user="every-5-ms")
    found = _loaded(each, asking, 1, plan.stream_s, measured)
    name = each.gateway.name
    measured.note(name, slow_first_ms=_ms(found.first_event_s, 50), slow_stream_ms=_ms(found.total_s, 50))


def _loaded(each: Running, asking: bytes, connections: int, seconds: float, measured: Measured) -> Load:
    found = load(each.url, repeat(asking), connections=connections, at_most_s=seconds)
    measured.failed[each.gateway.name] += found.failed
    return found


def _ms(seconds: Sequence[float], percentile: int) -> float:
    return float(np.percentile(seconds, percentile)) * 1000 if seconds else float("nan")
