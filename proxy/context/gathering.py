"""What is known of a customer, read from all declared sources at once, within one time budget."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from proxy.context.asking import NO_ANSWER, Answer, AskedSource
from proxy.context.facts import NOT_THERE, fact_of, failed, reading_of, unasked
from proxy.context.snapshot import FactState, Reading, Snapshot
from proxy.context.sources.registry import open_source
from proxy.context.sources.source import Asked, Surroundings
from proxy.rules.context_options import ContextOptions, FactOptions, SourceOptions
from proxy.telemetry.metrics import Metrics
from proxy.telemetry.tracing import ContextSpan, RequestTrace

# A source that heeds its limit is through within this time after it; nobody waits for one that does not.
GRACE = timedelta(milliseconds=5)
# How long a source that is declared no more may still be in use.
IN_USE = timedelta(seconds=15)


class CustomerContext(Protocol):
    """What says all that is known of a customer, for one event loop."""

    async def snapshot(
        self,
        options: ContextOptions,
        customer_id: str | None,
        *,
        now: datetime,
        headers: Mapping[str, str] | None = None,
        trace: RequestTrace | None = None,
    ) -> Snapshot: ...

    async def close(self) -> None: ...


class ContextReader:
    """Keeps the sources of one tenant open, with what they said lately. For one event loop; ``close`` ends it.

    ``clock`` (seconds) is the breakers'; facts are as old as they are at the ``now`` of each snapshot.
    """

    def __init__(
        self, surroundings: Surroundings, metrics: Metrics, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._surroundings = surroundings
        self._metrics = metrics
        self._clock = clock
        self._opening = asyncio.Lock()
        self._options: ContextOptions | None = None
        self._sources: dict[str, AskedSource] = {}  # by all that is declared of them
        self._behind: set[asyncio.Task[Any]] = set()  # what nobody waits for any more

    async def snapshot(
        self,
        options: ContextOptions,
        customer_id: str | None,
        *,
        now: datetime,
        headers: Mapping[str, str] | None = None,
        trace: RequestTrace | None = None,
    ) -> Snapshot:
        """All declared facts about a customer; without an id nobody is asked, and all are missing. Raises nothing.

        ``headers`` are the request's, in lower case. It takes the budget and a few milliseconds at most.
        """
        if trace is None:
            return await self._read(options, customer_id, now, headers or {})
        with trace.context() as span:
            found = await self._read(options, customer_id, now, headers or {})
            _tell(span, found)
        return found

    async def close(self) -> None:
        for task in self._behind:
            task.cancel()
        await asyncio.gather(*self._behind, return_exceptions=True)
        for source in self._sources.values():
            await source.close()

    async def _read(
        self, options: ContextOptions, customer_id: str | None, now: datetime, headers: Mapping[str, str]
    ) -> Snapshot:
        if customer_id is None:
            return Snapshot(now, {fact.name: fact_of(fact, _unasked(fact)) for fact in options.facts})
        sources = await self._opened(options)
        began = time.perf_counter()
        answers = await self._answers(sources, Asked(customer_id, now, headers), options.budget)
        facts = {fact.name: fact_of(fact, self._readings(fact, answers, now)) for fact in options.facts}
        return Snapshot(now, facts, (time.perf_counter() - began) * 1000)

    async def _answers(
        self, sources: Sequence[AskedSource], asked: Asked, budget: timedelta
    ) -> dict[str, Answer]:
        """What each source says, by its name; who has not answered within the budget has failed."""
        deadline = asyncio.get_running_loop().time() + budget.total_seconds()
        tasks = {source.name: asyncio.create_task(source.ask(asked, deadline)) for source in sources}
        try:
            await asyncio.wait(tasks.values(), timeout=(budget + GRACE).total_seconds())
        except asyncio.CancelledError:
            for task in tasks.values():
                task.cancel()
            raise
        # One that is late ends by itself, and only then does its breaker know of it.
        self._leave_behind(*(task for task in tasks.values() if not task.done()))
        return {name: task.result() if task.done() else _late(asked) for name, task in tasks.items()}

    def _leave_behind(self, *tasks: asyncio.Task[Any]) -> None:
        for task in tasks:
            self._behind.add(task)
            task.add_done_callback(self._behind.discard)

    def _readings(self, fact: FactOptions, answers: Mapping[str, Answer], now: datetime) -> list[Reading]:
        readings = [_reading(fact, source, answers[source], now) for source in fact.origins]
        for reading in readings:
            self._metrics.context_read(reading.source, reading.state)
        return readings

    async def _opened(self, options: ContextOptions) -> Sequence[AskedSource]:
        """The declared sources that say any fact. What is declared as before stays open, with all that it knows."""
        if options is not self._options:
            async with self._opening:
                if options is not self._options:
                    await self._swap(options)
        return list(self._sources.values())

    async def _swap(self, options: ContextOptions) -> None:
        wanted = {
            _declared(source, options): source
            for source in options.sources
            if options.facts_from(source.name)
        }
        # In a thread: making a client reads certificates.
        fresh = await asyncio.to_thread(
            lambda: {key: self._open(wanted[key], options) for key in wanted if key not in self._sources}
        )
        left = [source for key, source in self._sources.items() if key not in wanted]
        self._sources = {key: self._sources.get(key) or fresh[key] for key in wanted}
        self._options = options
        for source in left:
            self._leave_behind(asyncio.create_task(_close_later(source)))

    def _open(self, source: SourceOptions, options: ContextOptions) -> AskedSource:
        origins = options.facts_from(source.name)
        ages = [fact.max_age for fact in options.facts if source.name in fact.origins]
        keep = timedelta(0) if source.kind == "headers" else min(source.cache, *ages)
        opened = open_source(source, origins, self._surroundings)
        return AskedSource(opened, source, keep, self._metrics, clock=self._clock)


def _late(asked: Asked) -> Answer:
    return Answer(asked.at, problem=NO_ANSWER)


def _reading(fact: FactOptions, source: str, answer: Answer, now: datetime) -> Reading:
    if answer.problem is not None:
        return failed(source, answer.problem, read_at=answer.read_at)
    return reading_of(answer.found.get(fact.name, NOT_THERE), fact, source, read_at=answer.read_at, now=now)


def _unasked(fact: FactOptions) -> list[Reading]:
    return [unasked(source) for source in fact.origins]


def _declared(source: SourceOptions, options: ContextOptions) -> str:
    """All that is declared of a source: where it is the same, the source is."""
    facts = [fact for fact in options.facts if source.name in fact.origins]
    said = [(fact.name, fact.max_age, fact.origins[source.name].model_dump_json()) for fact in facts]
    return f"{source.model_dump_json()} {said}"


async def _close_later(source: AskedSource) -> None:
    try:
        await asyncio.sleep(IN_USE.total_seconds())
    finally:
        await source.close()


def _tell(span: ContextSpan, found: Snapshot) -> None:
    """What was read, into the trace: states and ages, and what went wrong."""
    now = found.at
    for fact in found.facts.values():
        for reading in fact.readings:
            if reading.state is not FactState.FRESH and now is not None:
                age = reading.age(now)
                span.reading(
                    fact=fact.name,
                    source=reading.source,
                    state=reading.state,
                    age_s=None if age is None else age.total_seconds(),
                    problem=reading.problem,
                )
    span.known(
        completeness=found.completeness,
        states={fact.name: fact.state for fact in found.facts.values()},
        not_fresh=found.not_fresh,
        values={fact.name: fact.value for fact in found.facts.values() if not fact.masked},
    )
