"""Sixty days of the telecom: all usual numbers green on every day, and what customers lived known by the third."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from proxy.commands.check import opened_guard
from proxy.grounding.policy.features import Embed
from proxy.guard import Guard
from proxy.ledger.failures.filters import FailureFilter
from proxy.ledger.failures.records import CONFIRMED, NO_REPEAT_CONTACT, Kind
from proxy.ledger.ledger import Ledger
from proxy.ledger.simulated import is_simulated
from proxy.models.embedder import Embedder
from proxy.recovery.simulation.company import RULE
from proxy.recovery.simulation.run import Simulated, simulate
from proxy.recovery.simulation.story import DAY, Story
from proxy.settings import Settings

BEGINS = datetime(2026, 3, 2, tzinfo=UTC)
SHIPPED_CORPUS = Path(__file__).parents[3] / "policy_corpus"
VISIBLE_BY = 3  # the day of the CRM's first export


@pytest.fixture(scope="module", autouse=True)
def quietly() -> Iterator[None]:
    """Each answer is a line in the log."""
    ours = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.configure(**ours)


@pytest.fixture(scope="module")
def guard() -> Guard:
    return opened_guard(Settings(corpus=SHIPPED_CORPUS))


@pytest.fixture(scope="module")
def embed() -> Embed:
    return Embedder.load().embed


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('simulated') / 'ledger.db'}"


@pytest.fixture(scope="module")
def found(guard: Guard, embed: Embed, url: str) -> Simulated:
    return simulate(Story(BEGINS), guard, embed, url)


@pytest.fixture
def ledger(found: Simulated, url: str) -> Iterator[Ledger]:
    with Ledger.open(url, upgrade=False) as opened:
        yield opened


def test_the_usual_numbers_are_green_on_every_day(found: Simulated) -> None:
    assert len(found.dashboard) == 60
    # How long judging takes says what else this machine does.
    assert [one.day for one in found.dashboard if not replace(one, p90_ms=0.0).green] == []
    assert min(one.answers for one in found.dashboard[6:]) > 30


def test_the_divergence_is_visible_by_the_third_day(found: Simulated) -> None:
    assert found.divergence is not None
    assert found.divergence.day <= VISIBLE_BY
    assert found.divergence.customers >= 1


def test_nearly_all_that_happened_is_known_in_the_end_and_nothing_that_did_not(
    found: Simulated, ledger: Ledger
) -> None:
    """What has happened since the last export may still be unknown."""
    assert found.returned - 2 <= found.found <= found.returned
    assert found.lived[-1].known == found.found
    assert all(one.known <= one.happened for one in found.lived)


@pytest.mark.parametrize("day", [2, 10, 31, 45])
def test_each_day_is_told_as_the_ledger_knew_it_then(found: Simulated, ledger: Ledger, day: int) -> None:
    then = BEGINS + day * DAY
    known = [one.state for one in ledger.failures.in_order("default", known_by=then) if one.state.counted]
    still_open = [one for one in known if one.restored_at is None and one.ended_at is None]
    assert (found.lived[day - 1].known, found.lived[day - 1].open) == (len(known), len(still_open))


def test_times_are_better_after_the_rule_and_fewer_customers_are_sent_back(
    found: Simulated, ledger: Ledger
) -> None:
    assert found.before[0].median.n > 2 * found.after[0].median.n > 0
    restored = {one.restored_how for one in ledger.failures.states(FailureFilter())}
    assert restored >= {CONFIRMED, NO_REPEAT_CONTACT}
    for before, after in zip(found.before, found.after, strict=True):
        if before.measure == "time_to_restore_quiet":  # 14 days and more, whatever is done
            continue
        sooner, later = after.median.value, before.median.value
        assert sooner is not None and later is not None
        assert sooner < later, before.measure


def test_the_rule_was_injected_and_acts(found: Simulated, ledger: Ledger) -> None:
    story = found.story
    records = ledger.answers_in_order(since=story.begins, until=story.ends, tenant="default")
    fired = [one.created_at for one, _ in records if any(r["rule"] == RULE for r in one.rules or ())]
    assert fired and min(fired) > story.injected_at
    first, last = ledger.policy_changes.listed()[::-1]
    assert (first.at, last.at) == (story.begins, story.injected_at)
    assert last.author == "Customer Care (simulated)"


def test_a_failure_teaches_the_rule_and_what_is_still_to_learn_waits(
    found: Simulated, ledger: Ledger
) -> None:
    rule, note = sorted(ledger.failures.lessons("default"), key=lambda one: one.first.at)
    assert (rule.kind, rule.waits, rule.told("rule")) == ("rule", False, RULE)
    assert (note.kind, note.waits, note.told("document")) == ("note", True, "")
    (proposal,) = ledger.rule_proposals.listed("default")
    assert (proposal.id, proposal.status) == (rule.told("proposal"), "approved")
    assert rule.held is not None and rule.held.at == found.story.injected_at
    closed, open_still = (ledger.failures.file(one.failure_id) for one in (rule, note))
    assert closed is not None and closed.state.restored_at is not None
    assert closed.state.restored_at < rule.first.at == found.story.proposed_at
    assert open_still is not None and open_still.failure.occurred_at > found.story.injected_at


def test_every_row_is_labelled_and_has_simulated_times(found: Simulated, ledger: Ledger) -> None:
    story = found.story
    records = [one for one, _ in ledger.answers_in_order(since=BEGINS, until=story.ends, tenant="default")]
    assert records and all(is_simulated(one.customer_id) and "simulated" in one.model for one in records)
    failures = list(ledger.failures.in_order("default"))
    assert {one.failure.kind for one in failures if one.state.counted} == {Kind.RETURNED_TO_AUTOMATION}
    for one in failures:
        assert one.failure.simulated and not one.state.doubtful
        assert story.begins < one.failure.occurred_at <= one.known_at < story.ends
    cases = ledger.escalations(limit=1000)
    assert cases and all(is_simulated(one.customer_id) and one.created_at < story.ends for one in cases)
    customer = next(one.failure.customer_id or "" for one in failures if one.state.restored_at)
    told = [one for one in ledger.customers.timeline("default", customer) if one.type == "contact"]
    assert told and all("simulated" in one.detail["actor"] for one in told if one.detail["actor"] != "cxai")


def test_the_same_seed_is_the_same_course_of_events_beside_whatever_is_in_the_ledger(
    guard: Guard, embed: Embed, tmp_path: Path
) -> None:
    story = Story(BEGINS, days=8, chats_a_day=2, complaints_a_day=2, injected_on=5)
    urls = [f"sqlite:///{tmp_path / name}" for name in ("one.db", "two.db")]
    one = simulate(story, guard, embed, urls[0])
    two = simulate(story, guard, embed, urls[1])
    later = simulate(replace(story, begins=BEGINS + 30 * DAY), guard, embed, urls[0])
    for other in (two, later):
        assert other.lived == one.lived
        for mine, theirs in ((one.before, other.before), (one.after, other.after)):
            assert [t.median.text for t in mine] == [t.median.text for t in theirs]
        for mine, theirs in zip(one.dashboard, other.dashboard, strict=True):
            assert replace(mine, p90_ms=0) == replace(theirs, p90_ms=0)
    with Ledger.open(urls[0], upgrade=False) as ledger:
        assert len(ledger.failures.states(FailureFilter(counted=True))) == one.found + later.found
