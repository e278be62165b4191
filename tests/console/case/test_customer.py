"""What was known of the customer, as a reviewer reads it: in words, with its age, and what nobody knew."""

from __future__ import annotations

from proxy.console.case.customer import ShownFact, shown_facts


def test_each_fact_has_its_value_and_how_old_it_was() -> None:
    facts = {
        "ticket_issued": {"state": "fresh", "value": "2026-03-01T09:30:00+00:00", "age_s": 90.0},
        "open_case": {"state": "stale", "value": True, "age_s": 3 * 3600.0},
        "balance": {"state": "fresh", "value": 1200.0, "age_s": 5.0},
    }
    issued, case, balance = shown_facts({"facts": facts})
    assert issued.name == "ticket issued" and issued.value.startswith("2026-03-01 09:30")
    assert (case.value, case.is_fresh, case.state_in_words) == ("yes", False, "too old to rely on")
    assert balance.value == "1,200"
    assert [one.age for one in (issued, case, balance)] == ["1 minute", "3 hours", "less than a minute"]


def test_what_had_to_be_known_and_was_not_is_said_and_the_rest_left_out() -> None:
    facts = {
        "loyalty": {"state": "missing", "class": "optional"},
        "open_case": {"state": "missing", "class": "required"},
        "contract": {"state": "failed", "class": "optional"},
    }
    shown = shown_facts({"facts": facts})
    assert shown == [
        ShownFact("open case", "not known", "", "missing"),
        ShownFact("contract", "not known", "", "failed"),
    ]
    assert [one.state_in_words for one in shown] == ["not known", "the source did not answer"]


def test_what_may_not_be_shown_is_not() -> None:
    (fact,) = shown_facts({"facts": {"phone": {"state": "fresh", "age_s": 0.0}}})
    assert fact.value == "not shown"


def test_an_answer_without_a_customer_has_no_facts() -> None:
    assert shown_facts(None) == shown_facts({}) == []
