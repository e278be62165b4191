"""``cxai rules inject``: in force on a proxy that runs, within two seconds and without a lost request."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import RunningProxy, StartProxy
from support.command_line import Cxai, command_line
from support.tool_calls import SMALL

CALLS = 'tool_call.name == "issue_refund"'
INJECT = (
    *("rules", "inject", "--name", "no-refunds", "--effect", "stop_tool_call", "--when", CALLS),
    *("--reason", "Refunds are paid out twice", "--owner", "Ann", "--expires", "4h"),
)


@pytest.fixture
def cxai(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    logging_as_it_was: None,
) -> Cxai:
    (tmp_path / "policies").mkdir(exist_ok=True)
    run = command_line(tmp_path, monkeypatch, capsys)
    monkeypatch.setenv("CXAI_POLICIES", "policies")
    return run


def refunds(proxy: RunningProxy) -> bool:
    """Whether a small refund is still made; every request has to be answered."""
    response = proxy.ask("Please refund it.")
    assert response.status_code == 200, response.text
    return bool(response.json()["choices"][0]["message"].get("tool_calls"))


def seconds_until_refunds_are(expected: bool, proxy: RunningProxy) -> float:
    started = time.monotonic()
    while refunds(proxy) is not expected:
        assert time.monotonic() - started < 10
    return time.monotonic() - started


def test_a_rule_is_live_within_two_seconds_while_requests_run_and_none_is_lost(
    ledger_url: str, start_proxy: StartProxy, cxai: Cxai
):
    proxy = start_proxy(database_url=ledger_url)
    proxy.provider.answers(None, tool_calls=(SMALL,))
    assert refunds(proxy)
    over, answered = threading.Event(), []

    def keep_asking() -> None:
        while not over.is_set():
            answered.append(refunds(proxy))

    with ThreadPoolExecutor(3) as customers:
        asking = [customers.submit(keep_asking) for _ in range(3)]
        try:
            ran = cxai(*INJECT)
            assert (
                ran.status == 0 and "stop_tool_call, for each call of a tool, for everybody, until" in ran.out
            )
            assert seconds_until_refunds_are(False, proxy) <= 2
            assert cxai("rules", "inject", "--end", "no-refunds").status == 0
            assert seconds_until_refunds_are(True, proxy) <= 2
        finally:
            over.set()
        for one in asking:
            one.result()  # raises where a request got no answer
    assert {True, False} <= set(answered)
    ended, injected, started = _changes(proxy)
    assert injected == ("Ann", ["rule no-refunds"], []) and ended[1:] == ([], ["rule no-refunds"])
    assert "rule never-ignored-twice" in started[1]


def _changes(proxy: RunningProxy) -> list[tuple[str, list[str], list[str]]]:
    """Who, what was added, what was removed; the audit follows what is in force."""
    with proxy.ledger() as ledger:
        deadline = time.monotonic() + 10
        while len(found := ledger.policy_changes.listed()) < 3:
            assert time.monotonic() < deadline, f"only {len(found)} changes are noted"
            time.sleep(0.05)
    return [(one.author, one.summary["added"], one.summary["removed"]) for one in found]


def test_a_rule_without_owner_reason_or_end_is_not_taken(cxai: Cxai):
    ran = cxai("rules", "inject", "--name", "a", "--when", "true", "--effect", "refuse", "--owner", " ")
    assert ran.status == 2
    for missing in (
        "--reason is missing: why",
        "--owner is missing: who answers",
        "--expires is missing: when it ends",
    ):
        assert missing in ran.err
    assert list(Path("policies").iterdir()) == []


def test_a_mistake_is_told_by_its_option_and_nothing_is_written(cxai: Cxai):
    ran = cxai(*INJECT, "--when", "tool_call.nmae == 'x'")
    assert ran.status == 2 and ran.err.endswith("Nothing was written.\n")
    assert (
        '--when: rule "no-refunds": unknown name "tool_call.nmae"; did you mean "tool_call.name"?' in ran.err
    )
    assert list(Path("policies").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--match", "voice"), '--match: "voice" is no KEY=VALUES; write channel=voice,chat'),
        (
            ("--expires", "99999999w"),
            '--expires: "99999999w" is past all that a date can be; write 24h or 7d',
        ),
        (("--expires", "soon"), '--expires: rule "no-refunds": "expires" is "soon": it should be a time'),
        (("--end", "x"), "--end ends a rule and takes no --name, --when"),
    ],
)
def test_what_cannot_be_read_is_named(cxai: Cxai, arguments: tuple[str, ...], told: str):
    ran = cxai(*INJECT, *arguments)
    assert ran.status == 2 and told in ran.err


def test_a_dry_run_prints_a_file_that_can_be_tried(cxai: Cxai):
    options = ("--match", "channel=voice,chat", "--match", "tenant=acme", "--say", "Wait.", "--dry-run")
    given = [
        one.replace("stop_tool_call", "refuse").replace(CALLS, "request.about_account") for one in INJECT
    ]
    ran = cxai(*given, *options)
    assert ran.status == 0 and list(Path("policies").iterdir()) == []
    Path("policies/tried.yaml").write_text(ran.out)
    listed = {rule["name"]: rule for rule in cxai("rules", "list", "--json").json_lines()}
    assert (
        listed["no-refunds"]["match"]["channel"] == ["voice", "chat"]
        and listed["no-refunds"]["say"] == "Wait."
    )
    assert next(iter(listed)) == "no-refunds"  # it comes before all others


def test_without_a_policies_folder_it_is_said_how_to_name_one(cxai: Cxai, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CXAI_POLICIES")
    Path("policies").rmdir()
    ran = cxai(*INJECT)
    assert ran.status == 2 and "there is no policies folder; name one (--policies DIR" in ran.err


def test_customers_go_to_people_before_the_model_is_asked_once_a_rule_is_injected(
    start_proxy: StartProxy, cxai: Cxai
):
    """The telecom's fix, without a restart: minutes in place of three weeks."""
    proxy = start_proxy()
    headers = {"x-cxai-customer-id": "C-1"}
    assert "cxai" in proxy.ask("What is the baggage limit?", headers=headers).json()
    ran = cxai(
        *("rules", "inject", "--name", "flagged", "--when", 'customer.id in ["C-1"]'),
        *("--effect", "route_to_human", "--say", "People have it. Your reference is {ref}."),
        *("--reason", "Escalated in the CRM", "--owner", "Ann", "--expires", "24h"),
    )
    assert ran.status == 0
    started = time.monotonic()
    while "People have it." not in proxy.ask("What is the baggage limit?", headers=headers).text:
        assert time.monotonic() - started < 2
    asked = len(proxy.provider.requests)
    assert "People have it." in proxy.ask("And for dogs?", headers=headers).text
    assert len(proxy.provider.requests) == asked
    proxy.ask("What is the baggage limit?", headers={"x-cxai-customer-id": "C-2"})
    assert len(proxy.provider.requests) == asked + 1
