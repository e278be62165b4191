"""A source as it is asked: within a time limit, with what it said lately kept, and left alone while it fails."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from proxy.breaker import Breaker, State
from proxy.context.sources.source import Asked, Found, Source, SourceError
from proxy.rules.context_options import SourceOptions
from proxy.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

MOST_KEPT = 10_000  # customers, for each source
NO_ANSWER = "gave no answer in time"
LEFT_ALONE = "is left alone for a while: it has failed several times in a row"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source said, and when it was asked; ``problem`` where it said nothing."""

    read_at: datetime
    found: Mapping[str, Found] = field(default_factory=dict)
    problem: str | None = None


class AskedSource:
    """One source with its breaker and its answers, which are used again for ``keep``. For one event loop."""

    def __init__(
        self,
        source: Source,
        options: SourceOptions,
        keep: timedelta,
        metrics: Metrics,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = options.name
        self._source = source
        self._keep = keep
        self._metrics = metrics
        metrics.context_breaker(options.name, State.CLOSED)
        self._kept: OrderedDict[str, Answer] = OrderedDict()  # the oldest first
        self._breaker = Breaker(
            options.breaker_failures,
            options.breaker_open.total_seconds(),
            changed=self._breaker_changed,
            clock=clock,
        )

    async def ask(self, asked: Asked, deadline: float) -> Answer:
        """What it says of a customer until ``deadline``, by the event loop's clock. Raises nothing."""
        kept = self._kept_answer(asked)
        if kept is not None:
            return kept
        if self._breaker.wait_s() > 0:
            return Answer(asked.at, problem=LEFT_ALONE)
        began = time.perf_counter()
        try:
            answer = Answer(asked.at, await self._read(asked, deadline))
        except TimeoutError:
            return Answer(asked.at, problem=NO_ANSWER)
        except SourceError as error:
            return Answer(asked.at, problem=str(error))
        except Exception as error:
            # Its text and its traceback may hold what was read of the customer.
            log.error("a context source failed", source=self.name, error=type(error).__name__)
            return Answer(asked.at, problem=f"failed unexpectedly: {type(error).__name__}")
        finally:
            self._metrics.context_asked(self.name, time.perf_counter() - began)
        self._keep_answer(asked, answer)
        return answer

    async def close(self) -> None:
        await self._source.close()

    async def _read(self, asked: Asked, deadline: float) -> Mapping[str, Found]:
        # The limit is inside, so that an answer that does not come counts as a failure.
        with self._breaker.call(_is_its_own):
            async with asyncio.timeout_at(deadline):
                return await self._source.read(asked)

    def _kept_answer(self, asked: Asked) -> Answer | None:
        kept = self._kept.get(asked.customer_id)
        is_young = kept is not None and timedelta(0) <= asked.at - kept.read_at < self._keep
        return kept if is_young else None

    def _keep_answer(self, asked: Asked, answer: Answer) -> None:
        if not self._keep:
            return
        self._kept[asked.customer_id] = answer
        self._kept.move_to_end(asked.customer_id)
        while len(self._kept) > MOST_KEPT or asked.at - next(iter(self._kept.values())).read_at >= self._keep:
            self._kept.popitem(last=False)

    def _breaker_changed(self, state: State) -> None:
        self._metrics.context_breaker(self.name, state)
        log.warning("context source", source=self.name, breaker=state.name.lower())


def _is_its_own(error: Exception) -> bool:
    return not isinstance(error, SourceError) or error.is_its_own
