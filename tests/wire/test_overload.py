"""When more cases wait than people can look at, low risk is answered without them; the bar for delivering stays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from conftest import RunningProxy, StartProxy
from support.reviewing import reviewed, reviewing, sampled

from proxy.corpus.documents import Risk
from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import NewAnswer, Taken
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.records import EscalationRecord
from proxy.review.overload import COUNTED_FOR_S, LiveOverload
from proxy.review.plan import CANNOT_SETTLE, ReviewPlan

PAGE = """---
title: {title}
owner: Service
effective_from: 2026-01-01
audience: customer
risk: {risk}
---
# {title}

{text}
"""
LOW = "Items found on board are kept for 30 days at the desk in Terminal 2."
HIGH = "A ticket refund is paid within 14 days to the card that was used."
MEDIUM = "An infant under two years sits on an adult and pays 10% of the adult fare."
WRONG_MEDIUM = "An infant under two years sits on an adult and pays 25% of the adult fare."
WRONG_LOW = "Items found on board are kept for 90 days at the desk in Terminal 2."
WRONG_HIGH = "A ticket refund is paid within 3 days to the card that was used."
NOWHERE = "The lounge in Oslo serves vegetarian sushi every Friday evening."
ROUTE = "routes:\n  - name: chat\n    contradicted: escalate\n    unsupported: escalate\n"
PLAN = ReviewPlan(people=1, seconds_per_case=600, most_wait_minutes=15)


@pytest.fixture
def start(start_proxy: StartProxy, tmp_path: Path):  # type: ignore[no-untyped-def]
    """A proxy before which so many cases wait."""
    corpus = tmp_path / "documents"
    corpus.mkdir()
    for title, risk, text in (
        ("Lost property", "low", LOW),
        ("Refunds", "high", HIGH),
    ):
        (corpus / f"{risk}.md").write_text(PAGE.format(title=title, risk=risk, text=text))

    def waiting(cases: int, plan: ReviewPlan = PLAN, *, medium: str = "") -> RunningProxy:
        if medium:
            (corpus / "medium.md").write_text(PAGE.format(title="Infants", risk="medium", text=medium))
        url = f"sqlite:///{tmp_path / 'ledger.db'}"
        with Ledger.open(url) as ledger:
            for number in range(cases):
                ref = f"CX-2222-222{number + 2}"
                ledger.escalate(
                    EscalationRecord(ref, f"r{number}", f"turn {number}", "why", datetime.now(UTC))
                )
        return start_proxy(corpus=corpus, policies=ROUTE, database_url=url, review=plan)

    return waiting


def decided(proxy: RunningProxy, said: str, **options: object) -> tuple[str, str, str | None]:
    """What was done, what the customer read, and the refusal."""
    proxy.provider.answers(said)
    response = proxy.ask("What is your policy?", **options)
    message = response.json()["choices"][0]["message"]
    return response.headers["x-cxai-decision"], message["content"] or "", message.get("refusal")


def test_low_risk_gets_policys_own_words_and_high_risk_gets_people(start) -> None:  # type: ignore[no-untyped-def]
    proxy = start(cases=2)
    done, text, _ = decided(proxy, WRONG_LOW)
    assert done == "rewrite" and LOW in text and WRONG_LOW not in text
    done, text, _ = decided(proxy, WRONG_HIGH)
    assert done == "escalate" and "reference is CX-" in text
    with proxy.ledger() as ledger:
        assert len(ledger.escalations()) == 3


def test_of_medium_risk_the_customer_hears_how_long_people_take_and_chooses(start) -> None:  # type: ignore[no-untyped-def]
    proxy = start(cases=2, plan=PLAN.model_copy(update={"most_wait_medium_minutes": 19}), medium=MEDIUM)
    done, text, refusal = decided(proxy, WRONG_MEDIUM)
    assert done == "refuse" and WRONG_MEDIUM not in text and MEDIUM not in text
    # No number of ours that was not measured.
    assert refusal is not None and "it takes more than 20 minutes" in refusal and "ask for one" in refusal
    proxy.provider.answers(LOW)
    asked = proxy.ask("I want to talk to a person, please.")
    assert asked.headers["x-cxai-decision"] == "escalate" and "reference is CX-" in asked.text
    with proxy.ledger() as ledger:
        assert len(ledger.escalations()) == 3


def test_of_medium_risk_people_get_what_they_would_get_to_within_the_hour(start) -> None:  # type: ignore[no-untyped-def]
    done, text, _ = decided(start(cases=2, medium=MEDIUM), WRONG_MEDIUM)
    assert done == "escalate" and "reference is CX-" in text


def test_the_wait_that_is_told_is_measured_where_it_can_be(tmp_path: Path) -> None:
    """Thirty honest reviews of ten minutes each, and five answers that took half an hour each."""
    now = datetime.now(UTC)
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        assert "more than 60 minutes" in LiveOverload(ledger, PLAN).cannot_settle(Risk.MEDIUM)
        for number in range(30):
            sampled(ledger, f"{number}", now - timedelta(days=1))
            desk = reviewing(ledger)
            assert reviewed(desk, f"p{number}", now - timedelta(hours=20), after_s=600)
        for number in range(9):
            ref = f"CX-2222-222{number + 2}"
            opened = now - timedelta(hours=2)
            ledger.escalate(EscalationRecord(ref, f"r{number}", f"turn {number}", "why", opened))
            if number < 5:
                at = now - timedelta(minutes=20 * (5 - number))
                ledger.desk.take(Taken(ref, Step.CLAIM, "ann", lease_s=60), at)
                ledger.desk.take(Taken(ref, Step.ANSWER, "ann", answer=NewAnswer("No.", True)), at)
        overload = LiveOverload(ledger, PLAN)
        waits = overload.demand().wait_s
        assert waits["low"] == waits["high"] == 4 * 600 and waits["medium"] == pytest.approx(
            4 * 1200, rel=0.01
        )
        assert "it takes about 80 minutes" in overload.cannot_settle(Risk.MEDIUM)


def test_what_policy_has_no_words_for_is_honestly_not_settled(start) -> None:  # type: ignore[no-untyped-def]
    proxy = start(cases=2)
    done, text, refusal = decided(proxy, NOWHERE)
    assert (done, refusal) == ("refuse", CANNOT_SETTLE) and NOWHERE not in text
    with proxy.ledger() as ledger:
        record = ledger.answers(limit=1)[0]
        assert len(ledger.escalations()) == 2 and "people would get to it too late" in str(record.choices)


@pytest.mark.parametrize(
    ("cases", "plan"), [(1, PLAN), (3, PLAN.model_copy(update={"people": 0}))], ids=["in time", "off"]
)
def test_people_get_it_where_they_have_time_or_nobody_said_how_many_they_are(  # type: ignore[no-untyped-def]
    start, cases: int, plan: ReviewPlan
) -> None:
    done, text, _ = decided(start(cases, plan), WRONG_LOW)
    assert done == "escalate" and "reference is CX-" in text


def test_what_is_right_is_delivered_all_the_same(start) -> None:  # type: ignore[no-untyped-def]
    assert decided(start(cases=3), LOW)[:2] == ("deliver", LOW)


def test_while_one_answer_counts_the_cases_no_other_waits_for_it(tmp_path: Path) -> None:
    counting, goes_on = Event(), Event()

    def clock() -> float:
        counting.set()
        goes_on.wait(10)
        return 0.0

    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger, ThreadPoolExecutor(2) as pool:
        overload = LiveOverload(ledger, PLAN, clock=clock)
        first = pool.submit(overload.demand)
        counting.wait(10)
        try:
            assert pool.submit(overload.demand).result(5).waiting == 0
        finally:
            goes_on.set()
        assert first.result(10).waiting == 0


def test_a_count_holds_for_a_while_and_a_broken_ledger_changes_nothing(tmp_path: Path) -> None:
    now = 0.0
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        overload = LiveOverload(ledger, PLAN, clock=lambda: now)
        assert overload.demand().wait_s["low"] == 0
        ledger.escalate(EscalationRecord("CX-2222-2222", "r", "turn", "why", datetime.now(UTC)))
        assert overload.demand().wait_s["low"] == 0
        now = COUNTED_FOR_S
        assert overload.demand().wait_s["low"] == 600
    (tmp_path / "ledger.db").unlink()
    now = 2 * COUNTED_FOR_S
    with pytest.raises(LedgerError):
        ledger.escalation("CX-2222-2222")
    assert overload.demand().wait_s["low"] == 600
