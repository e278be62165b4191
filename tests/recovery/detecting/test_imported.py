"""A table of another system's is taken whole, or not at all with each wrong line named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from support.customers import after, answer, contact
from support.detecting import looked, the_file

from proxy.ledger.failures.records import FailureEvent
from proxy.ledger.ledger import Ledger
from proxy.recovery.detecting.finding import tell
from proxy.recovery.detecting.imported import ImportRefused, read_map, read_table
from proxy.recovery.detecting.look import Found

NOW = datetime(2026, 4, 1, tzinfo=UTC)
MAP = """
columns:
  key: ticket
  kind: {column: category, values: {wrong info: wrong_claim, late: late_handover}}
  occurred_at: opened
  corrected_at: solved
  customer_id: customer
  amount: value
  currency: cur
  text: said
time_format: "%d/%m/%Y %H:%M"
time_zone: Europe/London
defaults: {severity: high, currency: GBP}
"""
HEAD = "ticket,category,opened,solved,customer,value,cur,said\n"
GOOD = 'T-1,wrong info,15/01/2026 10:00,16/01/2026 11:00,c-1,"1,200.50",,"90 days, they said"\n'


def read(lines: str, map_text: str = MAP, head: str = HEAD) -> list[Found]:
    return read_table(head + lines, "t.csv", read_map(map_text, "m.yaml"), "default", "ana", NOW)


def refused(lines: str, map_text: str = MAP, head: str = HEAD) -> str:
    with pytest.raises(ImportRefused) as caught:
        read(lines, map_text, head)
    return str(caught.value)


def test_a_line_is_a_failure_with_its_steps() -> None:
    (one,) = read(GOOD)
    made = one.failure
    assert made is not None and (made.key, made.kind, made.customer_id) == (
        "import:T-1",
        "wrong_claim",
        "c-1",
    )
    assert made.text == "90 days, they said" and made.occurred_at == datetime(2026, 1, 15, 10, tzinfo=UTC)
    detected, corrected = one.events
    assert detected == FailureEvent(
        "import:detected", "detected", made.occurred_at, "ana", "import",
        {"severity": "high", "amount": 1200.5, "currency": "GBP"},
    )  # fmt: skip
    assert (corrected.step, corrected.at) == ("corrected", datetime(2026, 1, 16, 11, tzinfo=UTC))


def test_summer_time_is_read_in_its_zone() -> None:
    (one,) = read(GOOD.replace("15/01/2026 10:00", "30/03/2026 10:00").replace("16/01/2026 11:00", ""))
    assert one.failure is not None and one.failure.occurred_at == datetime(2026, 3, 30, 9, tzinfo=UTC)


def test_proposed_ones_only_suggest() -> None:
    (one,) = read(GOOD, MAP + "proposed: true\n")
    assert [event.step for event in one.events] == ["proposed"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            GOOD + GOOD.replace("T-1", "T-2").replace("15/01", "32/01"),
            't.csv:3: occurred_at: "32/01/2026 10:00" is no',
        ),
        (GOOD + GOOD, 't.csv:3: key: "T-1" stands in line 2 too'),
        (GOOD.replace("wrong info", "wrong inf"), 'did you mean "wrong info"?'),
        (GOOD.replace("T-1", ""), "t.csv:2: key: it is empty"),
        (GOOD.replace("15/01/2026", "15/01/2027"), "lies in the future"),
        (GOOD.replace("16/01/2026", "14/01/2026"), "t.csv:2: corrected_at: it is before occurred_at"),
        (GOOD.replace('"1,200.50"', "lots"), 'amount: "lots" is no amount'),
        (GOOD.replace("1,200.50", "12,50"), 'amount: "12,50" is no amount; write 1234.50'),
        (GOOD.replace("1,200.50", "1.234,50"), 'amount: "1.234,50" is no amount'),
        (GOOD.replace("1,200.50", "1,20,000"), 'amount: "1,20,000" is no amount'),
        (GOOD.replace("1,200.50", "-5"), 'amount: "-5" is no amount'),
        (GOOD.replace("1,200.50", "9" * 400), "is no amount"),
        ("T-1,late\n", "another number of cells"),
        (GOOD.rstrip("\n") + ",more\n", "another number of cells"),
        ('T-1,"late\n', "it is no CSV"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(lines: str, said: str) -> None:
    assert said in refused(lines)


def test_all_wrong_lines_are_named_and_nothing_is_taken() -> None:
    lines = "".join(GOOD.replace("T-1", f"T-{n}").replace("wrong info", "odd") for n in range(25))
    told = refused(lines).splitlines()
    assert told[0].startswith("t.csv:2:") and told[-2:] == ["... and 5 more", "nothing was imported"]


@pytest.mark.parametrize(
    ("map_text", "said"),
    [
        (MAP.replace("customer_id", "customerid"), 'did you mean "customer_id"?'),
        (MAP.replace("customer_id: customer", "customer_id: client"), 'there is no column "client"'),
        (MAP.replace("  key: ticket\n", ""), "`columns` must say which column is key"),
        (MAP.replace("Europe/London", "Europe/Londno"), "there is no time zone"),
        (MAP + "colums: {}\n", 'm.yaml:14: there is no "colums"; did you mean "columns"?'),
        ("columns: [", "m.yaml:1: not valid YAML"),
        ("", "m.yaml:1:"),
    ],
)
def test_what_is_wrong_in_the_mapping_is_named(map_text: str, said: str) -> None:
    assert said in refused(GOOD, map_text)


def test_restored_says_how() -> None:
    mapped = MAP.replace("  text: said", "  restored_at: said")
    line = GOOD.replace('"90 days, they said"', "17/01/2026 09:00")
    assert "restored_how: say how" in refused(line, mapped)
    (one,) = read(line, mapped.replace("severity: high", "restored_how: confirmed"))
    assert [event.step for event in one.events] == ["detected", "corrected", "restored"]
    assert one.events[-1].data == {"how": "confirmed"}


@pytest.mark.parametrize(
    ("written", "amount"), [("0", 0.0), ("1234.5", 1234.5), ("1,234", 1234.0), ("1,234,567.89", 1234567.89)]
)
def test_an_amount_has_a_point_and_may_have_commas_between_thousands(written: str, amount: float) -> None:
    (one,) = read(GOOD.replace("1,200.50", written))
    assert one.events[0].data["amount"] == amount


def test_it_is_not_restored_before_it_was_put_right() -> None:
    mapped = MAP.replace("  text: said", "  restored_at: said").replace(
        "severity: high", "restored_how: confirmed"
    )
    line = GOOD.replace('"90 days, they said"', "16/01/2026 10:59")
    assert "t.csv:2: restored_at: it is before corrected_at" in refused(line, mapped)


OF_ANSWERS = """
columns:
  {key: id, kind: kind, occurred_at: at, detected_at: seen, corrected_at: solved, response_id: answer}
"""
ANSWERS_HEAD = "id,kind,at,seen,solved,answer\n"


def of_answer(ledger: Ledger, *lines: str) -> int:
    return tell(ledger, read("".join(f"{line}\n" for line in lines), OF_ANSWERS, ANSWERS_HEAD))


def test_an_answers_failure_that_is_known_is_not_counted_twice(ledger: Ledger) -> None:
    """Nor was it detected when it occurred, where the table only does not say when."""
    ledger.record(answer("r", 0))
    ledger.customers.report([contact("1", "feedback", 3, data={"rating": "down", "response_id": "r"})])
    looked(ledger)
    known = the_file(ledger, "wrong_claim")
    ledger.failures.add(known.id, FailureEvent("yes", "detected", after(5), "ana", "customer"))
    lines = ("T-1,wrong_claim,2026-03-02T12:00,,2026-03-04T12:00,r", "T-2,late_handover,2026-03-02T12:00,,,r")
    assert of_answer(ledger, *lines) == 2 and of_answer(ledger, *lines) == 0
    found = the_file(ledger, "wrong_claim")
    assert (found.id, found.state.status, found.state.corrected_at) == (known.id, "corrected", after(48))
    assert (found.state.detected_at, found.state.detected_by) == (after(5), "customer")
    assert the_file(ledger, "late_handover").failure.key == "import:T-2"


def test_two_lines_about_one_answer_are_one_failure(ledger: Ledger) -> None:
    lines = (
        "T-1,wrong_claim,2026-03-02T12:00,2026-03-02T15:00,,r",
        "T-2,wrong_claim,2026-03-02T12:00,2026-03-02T14:00,2026-03-03T12:00,r",
    )
    assert of_answer(ledger, *lines) == 1
    state = the_file(ledger, "wrong_claim").state
    assert (state.detected_at, state.corrected_at) == (after(2), after(24))
