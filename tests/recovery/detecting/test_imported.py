"""A table of another system's is taken whole, or not at all with each wrong line named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.ledger.failures.records import FailureEvent
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
