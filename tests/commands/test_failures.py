"""``cxai failures``, as a person meets it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command_line import Cxai, cxai
from support.failures import after, event, failure
from support.recorded import claim, recorded_decision
from telemetry.otlp_receiver import OtlpReceiver, attributes, wait_for

from proxy.ledger.ledger import Ledger

__all__ = ["cxai"]
WRONG = claim("You may claim within 90 days.", 0.02, "contradicted", action="escalate")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path}/data/cxai.db") as ledger:
        yield ledger


@pytest.fixture
def told(ledger: Ledger) -> str:
    made = failure(text="90 [bold]days\x1b[2J", response_id="r-1", trace_id="ab" * 16)
    return ledger.failures.tell(made, event("detected", 10, severity="high", amount=80, currency="GBP"))[0]


def test_failures_are_listed_with_where_they_stand(cxai: Cxai, ledger: Ledger, told: str) -> None:
    other = ledger.failures.tell(failure("two", kind="late_handover", customer_id="c-2"), event("proposed"))[
        0
    ]
    table = cxai("failures", "list").out
    assert told in table and other in table and "80.0 GBP" in table and "2026-03-01 09:00:00" in table
    found = cxai("failures", "list", "--open", "--json").json_lines()
    assert [one["failure_id"] for one in found] == [told]
    assert (
        cxai("failures", "list", "--kind", "late_handover", "--json").json_lines()[0]["failure_id"] == other
    )
    assert cxai("failures", "list", "--customer", "c-9").out.strip() == "No such failures."


def test_one_is_shown_with_all_that_happened_to_it(cxai: Cxai, ledger: Ledger, told: str) -> None:
    ledger.failures.add(told, event("corrected", 60, note="called her", how="called", actor="ana"))
    shown = cxai("failures", "show", told.lower()).out
    assert "high, unknown" in shown and "called her" in shown and "how: called" in shown and "80 GBP" in shown
    assert "90 [bold]days" in shown and "\x1b" not in shown
    (as_json,) = cxai("failures", "show", told, "--json").json_lines()
    assert [one["step"] for one in as_json["events"]] == ["detected", "corrected"]
    assert as_json["state"]["status"] == "corrected"
    nothing = cxai("failures", "show", told, "--known-by", "2026-01-01")
    assert nothing.status == 2 and "there is no failure" in nothing.err


def test_a_step_is_told_by_hand(cxai: Cxai, ledger: Ledger, told: str) -> None:
    when = after(120).isoformat()
    ran = cxai("failures", "tell", told, "corrected", "--at", when, "--how", "called", "--note", "told her")
    assert (ran.status, ran.out.strip()) == (0, f"{told} is corrected.")
    assert cxai("failures", "tell", told, "corrected", "--at", when).status == 0
    found = ledger.failures.file(told)
    assert found is not None and len(found.events) == 2
    assert (found.events[1].at, found.events[1].note) == (after(120), "told her")


def test_who_proposed_a_failure_has_found_it_unless_somebody_else_is_named(
    cxai: Cxai, ledger: Ledger
) -> None:
    found_by = {}
    for key, options in {"accepted": (), "named": ("--source", "audit")}.items():
        one, _ = ledger.failures.tell(failure(key), event("proposed", source="customer"))
        ran = cxai("failures", "tell", one, "detected", *options)
        assert (ran.status, ran.out.strip()) == (0, f"{one} is detected.")
        file = ledger.failures.file(one)
        found_by[key] = file and file.state.detected_by
    assert found_by == {"accepted": "customer", "named": "audit"}


def test_what_was_not_so_is_retracted_and_stays_in_the_export(cxai: Cxai, told: str) -> None:
    cxai("failures", "tell", told, "corrected", "--at", after(120).isoformat())
    (shown,) = cxai("failures", "show", told, "--json").json_lines()
    key = shown["events"][1]["key"]
    assert cxai("failures", "tell", told, "retracted", "--event", key).out.strip() == f"{told} is detected."
    (line,) = cxai("failures", "export").json_lines()
    assert [one["step"] for one in line["events"]] == ["detected"]
    assert {one["step"] for one in line["retracted"]} == {"corrected", "retracted"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("restored",), "--how: say how its customer counts as restored"),
        (("restored", "--how", "confirmed"), "record that it was corrected first"),
        (("recurred",), "--of: name the earlier failure"),
        (("retracted",), "--event: name the event"),
        (("corrected", "--at", "someday"), '"someday" is no time'),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_way_out(
    cxai: Cxai, told: str, arguments: tuple[str, ...], said: str
) -> None:
    ran = cxai("failures", "tell", told, *arguments)
    assert ran.status == 2 and said in ran.err
    unknown = cxai("failures", "tell", "FL-2222-2222-2222", "contained")
    assert unknown.status == 2 and "there is no failure FL-2222-2222-2222" in unknown.err


def test_failures_are_found_in_the_ledger(cxai: Cxai, ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "policy_corpus").mkdir()
    ledger.record(recorded_decision("r", claims=[WRONG], mode="observe", decision="escalate"))
    (told,) = cxai("failures", "find", "--since", "1d", "--json").json_lines()
    assert told["let_pass"] == 1 and sum(told.values()) == 1
    (again,) = cxai("failures", "find", "--json").json_lines()
    assert sum(again.values()) == 0
    assert "let pass" in cxai("failures", "find").out


def test_a_table_is_imported_once_and_whole(cxai: Cxai, ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "columns: {key: id, occurred_at: at, customer_id: who}\ndefaults: {kind: late_handover}\n"
    )
    table = tmp_path / "t.csv"
    table.write_text("id,at,who\nT-1,2026-03-01T09:00,c-1\nT-2,2026-03-02T09:00,c-2\n")
    assert (
        "2 failures would be imported"
        in cxai("failures", "import", "t.csv", "--map", "m.yaml", "--dry-run").out
    )
    assert (
        cxai("failures", "import", "t.csv", "--map", "m.yaml").out
        == "2 failures read, 2 with something new.\n"
    )
    assert (
        cxai("failures", "import", "t.csv", "--map", "m.yaml").out
        == "2 failures read, 0 with something new.\n"
    )
    assert len(list(ledger.failures.in_order("default"))) == 2
    table.write_text("id,at,who\nT-3,2026-03-01T09:00,c-1\nT-4,soon,c-2\n")
    ran = cxai("failures", "import", "t.csv", "--map", "m.yaml")
    assert ran.status == 2 and "t.csv:3: occurred_at" in ran.err and "nothing was imported" in ran.err
    assert len(list(ledger.failures.in_order("default"))) == 2
    missing = cxai("failures", "import", "none.csv", "--map", "m.yaml")
    assert missing.status == 2 and "none.csv cannot be read" in missing.err


def test_an_export_is_all_of_it_one_failure_a_line(cxai: Cxai, ledger: Ledger, told: str) -> None:
    ledger.failures.add(told, event("contained", 30, rule="no-90-days"))
    out = cxai("failures", "export").out
    (line,) = map(json.loads, out.splitlines())
    assert line["id"] == told and line["key"] == "one" and line["occurred_at"] == "2026-03-01T09:00:00+00:00"
    assert line["events"][1]["data"] == {"rule": "no-90-days"}
    assert cxai("failures", "export", "--since", "2026-03-02").out == ""


def test_what_is_told_by_hand_is_traced(cxai: Cxai, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = OtlpReceiver()
    try:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        cxai("failures", "tell", told, "contained")
        assert wait_for(lambda: bool(receiver.named("failure contained")))
        span = receiver.span("failure contained")
    finally:
        receiver.close()
    tags = attributes(span.attributes)
    assert (tags["cxai.failure.ref"], tags["cxai.failure.kind"]) == (told, "wrong_claim")
    assert tags["cxai.response.id"] == "r-1"
    assert [link.trace_id.hex() for link in span.links] == ["ab" * 16]
