"""``cxai rehearse report``: the pilot's figure flatters, and the report says what production will show instead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.command_line import Cxai, cxai
from support.failures import failure
from support.rehearsed import MARKED, Rehearsed, rehearsed

from proxy.ledger.failures.records import FailureEvent
from proxy.ledger.ledger import Ledger

__all__ = ["cxai", "rehearsed"]  # fixtures


@pytest.fixture(autouse=True)
def here(cxai: Cxai, rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(rehearsed.folder)


def test_the_pilots_figure_is_told_beside_what_is_predicted_and_what_came(rehearsed: Rehearsed) -> None:
    good, wrong, _, blocked = rehearsed.told["predicted"]
    assert (good["pilot"]["hits"], good["pilot"]["n"]) == (26, 28)
    assert (wrong["pilot"]["hits"], blocked["pilot"]["hits"], blocked["pilot"]["n"]) == (1, 1, 27)
    words = [one["words"] for one in good["steps"]]
    assert words == ["weighted as live traffic is", "under what production does", "in 1,000 production cases"]
    values = [one["value"] for one in good["steps"]]
    assert good["pilot"]["share"] > values[0] > values[1]
    assert good["unseen"] == [MARKED] and "12.5% of live traffic has no pilot case" in good["unseen_text"]
    assert good["came"]["n"] == 32 and good["held"] is True


def test_parts_and_operators_are_told(rehearsed: Rehearsed) -> None:
    assert rehearsed.told["way"] == "segment"
    assert [one["name"] for one in rehearsed.told["parts"]] == ["refunds", MARKED, "returns"]
    [busy] = rehearsed.told["effects"]
    assert busy["operator"] == "provider-busy" and 0 < busy["worse"] <= busy["n"] and not busy["better"]


def test_each_part_is_decided_and_what_is_undecided_says_how_many_answers_it_needs(
    rehearsed: Rehearsed,
) -> None:
    decided = {one["segment"]: one for one in rehearsed.told["decisions"]}
    assert {one["launch"] for one in decided.values()} == {"hold"}
    nothing_seen, seen = (decided[part]["judged"][0] for part in (MARKED, "returns"))
    assert nothing_seen["seen"]["n"] == 0 and nothing_seen["needed"] == 299
    assert seen["seen"]["hits"] == 0 and seen["needed"] >= 299
    assert nothing_seen["to_come"] == "299 answers with nothing false would show at most 1.0%"
    more = seen["needed"] - seen["seen"]["n"]
    assert seen["to_come"] == f"{more} more like these would show at most 1.0%"


def test_the_worst_answers_come_with_what_was_asked_said_and_got(rehearsed: Rehearsed) -> None:
    first, *others = rehearsed.told["worst"]
    assert first["conversation"].startswith("pilot-refunds") and first["said"] == first["got"]
    assert first["why"][0] == "something false was delivered" and first["false"] == [first["said"]]
    assert first["asked"] == "How long can I return a book?"
    assert {one["why"][0] for one in others} >= {"a true answer was kept back", "it ended with an error"}


def test_two_versions_are_compared_on_the_same_answers(rehearsed: Rehearsed) -> None:
    told = rehearsed.told["comparison"]
    assert told["n"] == 28 and told["better"] > 0 and told["worse"] == 0 and told["difference"] > 0


def test_the_page_is_one_file_that_loads_and_runs_nothing(cxai: Cxai, rehearsed: Rehearsed) -> None:
    ran = cxai("rehearse", "report", *rehearsed.arguments, "--out", "page.html")
    assert ran.status == 0 and "Written: page.html" in ran.out, ran.err
    assert "answers with nothing wrong: 92.9% in the pilot (26 of 28); predicted" in ran.out
    page = (rehearsed.folder / "page.html").read_text("utf-8")
    assert "default-src 'none'" in page and "http" not in page.replace("http-equiv", "")
    assert "<script" not in page and "repairs &lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("data:image/svg+xml;base64,") == 4
    for told in ("92.9%", "provider-busy", "pilot-refunds", "policies/launch.yaml", "the pilot, played"):
        assert told in page
    for code in ("{ref}", "; deliver;", "; escalate;", "; rewrite;"):
        assert code not in page


def test_a_seed_gives_the_same_report(cxai: Cxai, rehearsed: Rehearsed) -> None:
    again, other = (
        cxai("rehearse", "report", *rehearsed.arguments, *more, "--json").json_lines()[0]
        for more in ((), ("--seed", "1", "--recovery", "45/50"))
    )
    assert again == rehearsed.told and other["predicted"] != again["predicted"]
    recovery = other["decisions"][0]["judged"][2]["seen"]
    assert (recovery["hits"], recovery["n"], recovery["worth"]) == (45, 50, 50.0)
    assert other["made_from"]["recovery"] == "45 of 50 failures as given"


def test_failures_put_right_in_time_are_counted_in_the_ledger(
    cxai: Cxai, rehearsed: Rehearsed, tmp_path: Path
) -> None:
    """Those whose target ended in the time that is named; of severity ``high`` it ends after two days."""
    url, now = f"sqlite:///{tmp_path / 'cxai.db'}", datetime.now(UTC)
    days_ago = [5] * 12 + [5] * 3 + [1, 40]
    with Ledger.open(url) as ledger:
        for number, (days, simulated) in enumerate([*zip(days_ago, [False] * 17, strict=True), (5, True)]):
            at = now - timedelta(days=days)
            found = FailureEvent("found", "detected", at, "ana", "reviewer", {"severity": "high"})
            right = FailureEvent("right", "corrected", at + timedelta(hours=1 if number < 12 else 72), "ana")
            told = failure(f"f{number}", occurred_at=at, simulated=simulated)
            ledger.failures.tell(told, found, *([] if days == 1 else [right]))
    [told] = cxai(
        "rehearse", "report", *rehearsed.arguments, "--recovery", "30d", "--database-url", url, "--json"
    ).json_lines()
    for part in told["decisions"]:
        assert (part["judged"][2]["seen"]["hits"], part["judged"][2]["seen"]["n"]) == (12, 15)
    assert told["made_from"]["recovery"].startswith("12 of 15 failures with a target that ended ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("live.jsonl", "pilot.results.jsonl", "--live", "live.jsonl"), "has the results of another suite"),
        (("pilot.jsonl", "pilot.jsonl", "--live", "live.jsonl"), "has the results of another suite"),
        (("pilot.jsonl", "none.jsonl", "--live", "live.jsonl"), "none.jsonl cannot be read"),
        (("pilot.jsonl", "pilot.results.jsonl", "--live", "live.jsonl", "--by", "mood"), 'not by "mood"'),
        (("a", "b", "--live", "c", "--recovery", "most"), '--recovery: "most" is no share; write 45/50'),
    ],
)
def test_what_makes_no_report_is_named(
    cxai: Cxai, rehearsed: Rehearsed, arguments: tuple[str, ...], told: str
) -> None:
    ran = cxai("rehearse", "report", *arguments)
    assert ran.status == 2 and told in ran.err
