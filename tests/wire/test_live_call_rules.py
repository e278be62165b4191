"""Rules for calls of tools as they come, change and go, and what is left of them in the record."""

from __future__ import annotations

from pathlib import Path

import httpx
from conftest import RunningProxy, StartProxy
from support.tool_calls import LARGE, RULES, TRUE, JsonObject, asked, both_ways, call
from support.waiting import until


def test_the_record_names_the_rules_that_were_in_force(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies="routes: []\n")
    without = recorded_version(proxy)
    (proxy.policies / "routes.yaml").write_text(RULES)
    until(lambda: recorded_version(proxy) != without)
    ruled = recorded_version(proxy)
    (proxy.policies / "routes.yaml").write_text(RULES.replace("> 500", "> 501"))
    until(lambda: recorded_version(proxy) not in (without, ruled))


def recorded_version(proxy: RunningProxy) -> str:
    response = proxy.ask("Hi")
    record = proxy.ledger().answer(response.headers["x-cxai-response-id"])
    assert record is not None
    return record.versions["rules"]


@both_ways
def test_without_rules_nothing_changes(start_proxy: StartProxy, stream: bool) -> None:
    proxy = start_proxy()
    proxy.provider.answers(TRUE, tool_calls=(LARGE, call("x", "not json", 3)))
    response, message, cxai = asked(proxy, stream=stream)
    assert message["tool_calls"] == [LARGE, call("x", "not json", 3)] and cxai["decision"] == "deliver"
    record = proxy.ledger().answer(response.headers["x-cxai-response-id"])
    assert record is not None and "rules" not in record.choices[0]


def test_a_call_without_anybody_to_hand_it_to_is_not_made_either(
    start_proxy: StartProxy, tmp_path: Path
) -> None:
    proxy = start_proxy(policies=RULES)
    (tmp_path / "ledger.db").unlink()
    proxy.provider.answers(None, tool_calls=(LARGE,))
    _, message, cxai = asked(proxy, stream=False)
    assert message["tool_calls"] == [] and cxai["decision"] == "refuse"
    assert "contact our customer service" in message["content"]


def test_a_rule_is_live_without_a_restart_and_a_broken_one_is_not(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies="rules: []\n")
    proxy.provider.answers(None, tool_calls=(LARGE,))
    assert asked(proxy, stream=False)[1]["tool_calls"] == [LARGE]
    (proxy.policies / "routes.yaml").write_text(RULES)
    until(lambda: asked(proxy, stream=False)[1]["tool_calls"] == [])
    (proxy.policies / "routes.yaml").write_text(RULES.replace("tool_call.name", "tool_call.nmae"))
    until(lambda: bool(readiness(proxy)["problems"]))
    assert asked(proxy, stream=False)[1]["tool_calls"] == []
    assert 'did you mean "tool_call.name"?' in readiness(proxy)["problems"][0]


def test_a_rule_for_a_tool_that_is_called_otherwise_is_warned_of(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies=RULES.replace('"issue_refund"', '"issue_refnd"'))
    proxy.provider.answers(None, tool_calls=(LARGE,))
    assert readiness(proxy)["warnings"] == []
    assert asked(proxy, stream=False)[1]["tool_calls"] == [LARGE]
    (proxy.policies / "more.yaml").write_text("")
    until(lambda: bool(readiness(proxy)["warnings"]))
    assert 'the tool "issue_refnd" was seen; did you mean "issue_refund"?' in readiness(proxy)["warnings"][0]


def readiness(proxy: RunningProxy) -> JsonObject:
    return dict(httpx.get(f"{proxy.url}/readyz").json()["policies"])
