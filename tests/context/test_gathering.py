"""All sources at once, within one budget: who hangs, fails or is not there costs the budget and no more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.crm import Crm, running_crm
from support.declared import declared

from proxy.context.gathering import ContextReader
from proxy.context.snapshot import FactState, Snapshot
from proxy.context.sources.source import Surroundings
from proxy.ledger.ledger import Ledger
from proxy.rules.context_options import BUILT_IN_CONTEXT, ContextOptions
from proxy.telemetry.metrics import Metrics
from proxy.telemetry.tracing import Telemetry

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STATES = dict.fromkeys(("fresh", "stale", "missing", "failed", "conflicting"))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def crm() -> Iterator[Crm]:
    with running_crm(**{"c-1": {"complaint": True}, "c-2": {"complaint": False}}) as running:
        yield running


def context(
    crm: Crm, *, budget: str = "2s", facts: str = "", more: str = "", **options: str
) -> ContextOptions:
    """The CRM, and what the calling program says; ``options`` are the CRM's."""
    written = "".join(f", {name}: {value}" for name, value in options.items())
    return declared(f"""\
budget: {budget}
sources:
  - {{name: crm, kind: http, url: "{crm.url}/customers/{{customer_id}}"{written}}}
  - {{name: app, kind: headers}}
{more}
facts:
  - {{name: complaint, type: bool, class: required, protective_value: true, max_age: 10m, from: {{crm: }}}}
  - {{name: tier, type: text, class: optional, max_age: 1d, from: {{app: }}}}
{facts}
""")


@asynccontextmanager
async def reading(
    metrics: Metrics | None = None, clock: Callable[[], float] = time.monotonic, **around: Any
) -> AsyncIterator[ContextReader]:
    reader = ContextReader(Surroundings(**around), metrics or Metrics(), clock=clock)
    try:
        yield reader
    finally:
        await reader.close()


def told(snapshot: Snapshot, name: str = "complaint") -> tuple[FactState, Any]:
    fact = snapshot.facts[name]
    return fact.state, fact.value


def problem(snapshot: Snapshot, name: str = "complaint") -> str | None:
    (reading,) = snapshot.facts[name].readings
    return reading.problem


async def test_all_sources_are_read_into_one_snapshot(crm: Crm):
    async with reading() as reader:
        found = await reader.snapshot(context(crm), "c-1", now=NOW, headers={"x-cxai-context-tier": "gold"})
    assert told(found) == (FactState.FRESH, True)
    assert told(found, "tier") == (FactState.FRESH, "gold")
    assert told(found, "open_case") == (FactState.FAILED, True)  # there is no ledger here
    assert (found.at, list(found.facts)[-2:]) == (NOW, ["complaint", "tier"])
    assert found.completeness == 0.5


async def test_without_a_customer_nobody_is_asked_and_all_is_missing(crm: Crm):
    async with reading() as reader:
        found = await reader.snapshot(context(crm), None, now=NOW, headers={"x-cxai-context-tier": "gold"})
    assert {fact.state for fact in found.facts.values()} == {FactState.MISSING}
    assert told(found) == (FactState.MISSING, True)
    assert not crm.asked


async def test_a_source_that_hangs_costs_the_budget_and_no_more(crm: Crm):
    crm.delay_s = 30
    async with reading() as reader:
        options = context(crm, budget="150ms")
        await reader.snapshot(options, None, now=NOW)
        began = time.perf_counter()
        found = await reader.snapshot(options, "c-2", now=NOW, headers={"x-cxai-context-tier": "gold"})
        spent_s = time.perf_counter() - began
    assert told(found) == (FactState.FAILED, True)
    assert problem(found) == "gave no answer in time"
    assert told(found, "tier") == (FactState.FRESH, "gold")
    assert 0.15 <= found.spent_ms / 1000 <= spent_s < 1


async def test_a_source_that_is_down_has_failed_and_the_customer_stays_protected():
    async with reading() as reader:
        found = await reader.snapshot(context(Crm(url="http://127.0.0.1:9")), "c-2", now=NOW)
    assert told(found) == (FactState.FAILED, True)


async def test_nothing_of_one_customers_answer_goes_with_anothers_question(crm: Crm):
    async with reading() as reader:
        for customer in ("c-1", "c-2", "c-1"):
            await reader.snapshot(context(crm), customer, now=NOW)
    assert len(crm.asked) == 3 and not any("cookie" in headers for _, headers in crm.asked)


async def test_what_was_said_lately_is_used_again_and_grows_older(crm: Crm):
    options = context(crm, cache="30s")
    async with reading() as reader:
        for seconds in (0, 29, 31):
            now = NOW + timedelta(seconds=seconds)
            found = await reader.snapshot(options, "c-1", now=now)
            reading_ = found.facts["complaint"].reading
            assert reading_ is not None and reading_.age(now) == timedelta(seconds=seconds % 31)
        assert len(crm.asked) == 2
        await reader.snapshot(options, "c-2", now=NOW)
        assert len(crm.asked) == 3


async def test_nothing_is_kept_beyond_its_max_age(crm: Crm):
    options = context(crm, cache="1h")
    async with reading() as reader:
        for minutes in (0, 11):
            found = await reader.snapshot(options, "c-1", now=NOW + timedelta(minutes=minutes))
            assert told(found) == (FactState.FRESH, True)
    assert len(crm.asked) == 2


async def test_what_failed_is_not_kept(crm: Crm):
    async with reading() as reader:
        options = context(crm, cache="30s")
        crm.answers["/customers/c-1"] = (503, {})
        assert told(await reader.snapshot(options, "c-1", now=NOW))[0] is FactState.FAILED
        crm.answers["/customers/c-1"] = {"complaint": False}
        assert told(await reader.snapshot(options, "c-1", now=NOW)) == (FactState.FRESH, False)


async def test_a_source_that_keeps_failing_is_left_alone_and_tried_again_later(crm: Crm):
    clock, options = Clock(), context(crm, breaker_failures="3", breaker_open="15s")
    crm.answers["/customers/c-1"] = (503, {})
    async with reading(clock=clock) as reader:
        problems = [problem(await reader.snapshot(options, "c-1", now=NOW)) for _ in range(5)]
        assert (
            problems
            == ["answered 503"] * 3 + ["is left alone for a while: it has failed several times in a row"] * 2
        )
        assert len(crm.asked) == 3
        crm.answers["/customers/c-1"] = {"complaint": False}
        clock.now = 15.1
        assert told(await reader.snapshot(options, "c-1", now=NOW)) == (FactState.FRESH, False)


async def test_one_that_hangs_is_left_alone_too(crm: Crm):
    crm.delay_s = 30
    options = context(crm, budget="50ms", breaker_failures="2")
    async with reading() as reader:
        problems = []
        for _ in range(3):
            problems.append(problem(await reader.snapshot(options, "c-1", now=NOW)))
            await asyncio.sleep(0.1)  # until what was late has ended
    assert problems[:2] == ["gave no answer in time"] * 2
    assert len(crm.asked) == 2


async def test_a_customer_with_an_odd_id_does_not_shut_others_out(crm: Crm):
    crm.answers["/customers/%C3%BC"] = (400, {})
    options = context(crm, breaker_failures="1")
    async with reading() as reader:
        assert told(await reader.snapshot(options, "ü", now=NOW))[0] is FactState.FAILED
        assert told(await reader.snapshot(options, "..", now=NOW))[0] is FactState.FAILED
        assert told(await reader.snapshot(options, "c-1", now=NOW))[0] is FactState.FRESH


async def test_two_systems_that_differ_are_a_conflict(crm: Crm):
    more = f'  - {{name: tickets, kind: http, url: "{crm.url}/tickets/{{customer_id}}"}}'
    fact = "  - {name: resolved, type: bool, class: required, protective_value: false, max_age: 10m, "
    options = context(crm, more=more, facts=fact + "from: {crm: done, tickets: done}}")
    crm.answers |= {"/customers/c-1": {"done": True}, "/tickets/c-1": {"done": False}}
    async with reading() as reader:
        found = await reader.snapshot(options, "c-1", now=NOW)
    assert told(found, "resolved") == (FactState.CONFLICTING, False)
    assert {one.source: one.value for one in found.facts["resolved"].readings} == {
        "crm": True,
        "tickets": False,
    }


async def test_a_declaration_that_changes_keeps_the_sources_that_stay_the_same(crm: Crm):
    one = context(crm, cache="1m")
    other = context(crm, cache="1m", facts="  - {name: vip, type: bool, max_age: 1d, from: {app: }}")
    changed = context(crm, cache="2m")
    async with reading() as reader:
        await reader.snapshot(one, "c-1", now=NOW)
        await reader.snapshot(other, "c-1", now=NOW)
        assert len(crm.asked) == 1
        found = await reader.snapshot(changed, "c-1", now=NOW)
        assert "vip" not in found.facts and len(crm.asked) == 2


async def test_requests_while_a_declaration_changes_are_all_answered(crm: Crm):
    one, other = context(crm), context(crm, cache="1m")
    async with reading() as reader:
        found = await asyncio.gather(
            *(reader.snapshot(options, "c-1", now=NOW) for options in [one, other] * 3)
        )
    assert {told(snapshot) for snapshot in found} == {(FactState.FRESH, True)}


async def test_a_request_that_is_given_up_takes_its_questions_with_it(crm: Crm):
    crm.delay_s = 30
    async with reading() as reader:
        waiting = asyncio.create_task(reader.snapshot(context(crm, budget="10s"), "c-1", now=NOW))
        while not crm.asked:
            await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.sleep(0.05)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not [task for task in others if "ask" in repr(task.get_coro())]


async def test_our_own_ledger_is_asked_without_any_declaration(tmp_path: Path):
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        async with reading(ledger=ledger) as reader:
            found = await reader.snapshot(BUILT_IN_CONTEXT, "c-1", now=NOW)
    assert told(found, "open_case") == (FactState.FRESH, False)
    assert told(found, "promises_due") == (FactState.FRESH, 0.0)
    assert (told(found, "open_case_ref")[0], found.completeness) == (FactState.MISSING, 1.0)


async def test_our_own_ledger_is_never_left_alone():
    async with reading() as reader:
        for _ in range(10):
            found = await reader.snapshot(BUILT_IN_CONTEXT, "c-1", now=NOW)
    assert problem(found, "open_case") == "is not there: there is no ledger yet"


async def test_reads_are_counted_by_source_and_state(crm: Crm):
    metrics = Metrics()
    async with reading(metrics) as reader:
        await reader.snapshot(context(crm), "c-1", now=NOW)
    page = metrics.render()[0].decode()
    reads = {
        (sample.labels["source"], sample.labels["state"]): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == "cxai_context_reads_total"
    }
    assert reads == {("crm", "fresh"): 1, ("app", "missing"): 1, ("ledger", "failed"): 7}
    assert 'cxai_context_seconds_count{source="crm"} 1.0' in page


async def test_the_trace_has_states_and_problems_and_no_masked_value(crm: Crm):
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    spans = InMemorySpanExporter()
    telemetry = Telemetry.from_environment(content=True, exporter=spans)
    trace = telemetry.request("POST", "/v1/chat/completions", {})
    async with reading() as reader:
        await reader.snapshot(
            context(crm), "c-1", now=NOW, headers={"x-cxai-context-tier": "gold"}, trace=trace
        )
    telemetry.shutdown()
    (span,) = [one for one in spans.get_finished_spans() if one.name == "read context"]
    assert span.attributes is not None
    assert "complaint=fresh" in span.attributes["cxai.context.states"]
    assert span.attributes["cxai.context.not_fresh"] == ("open_case",)
    assert '"complaint": true' in span.attributes["cxai.context.values"]
    assert "gold" not in str(span.attributes)
    problems = {event.attributes["cxai.context.problem"] for event in span.events if event.attributes}
    assert problems == {"is not there: there is no ledger yet"}


async def test_a_trace_without_content_has_no_values_at_all(crm: Crm):
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    spans = InMemorySpanExporter()
    telemetry = Telemetry.from_environment(content=False, exporter=spans)
    async with reading() as reader:
        await reader.snapshot(context(crm), "c-1", now=NOW, trace=telemetry.request("POST", "/v1", {}))
    telemetry.shutdown()
    (span,) = [one for one in spans.get_finished_spans() if one.name == "read context"]
    assert "cxai.context.values" not in (span.attributes or {})
