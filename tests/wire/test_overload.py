"""When more cases wait than people can look at, low risk is answered without them; the bar for delivering stays."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import RunningProxy, StartProxy

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
    for title, risk, text in (("Lost property", "low", LOW), ("Refunds", "high", HIGH)):
        (corpus / f"{risk}.md").write_text(PAGE.format(title=title, risk=risk, text=text))

    def waiting(cases: int, plan: ReviewPlan = PLAN) -> RunningProxy:
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


def test_a_count_holds_for_a_while_and_a_broken_ledger_changes_nothing(tmp_path: Path) -> None:
    now = 0.0
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        overload = LiveOverload(ledger, PLAN, clock=lambda: now)
        assert overload.wait_s() == 0
        ledger.escalate(EscalationRecord("CX-2222-2222", "r", "turn", "why", datetime.now(UTC)))
        assert overload.wait_s() == 0
        now = COUNTED_FOR_S
        assert overload.wait_s() == 600
    (tmp_path / "ledger.db").unlink()
    now = 2 * COUNTED_FOR_S
    with pytest.raises(LedgerError):
        ledger.escalation("CX-2222-2222")
    assert overload.wait_s() == 600
