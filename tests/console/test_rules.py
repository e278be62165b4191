"""The page *Rules*: what is live and how often it fires, and an urgent rule by two people."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import SHIPPED_CORPUS, RunningProxy, StartProxy, running_proxy
from selenium.webdriver.common.keys import Keys
from support.browser import PAYLOAD, PAYLOADS, Browser
from support.people import add_person, console_client, csrf_in, session_token, signed_in_as
from support.recorded import recorded_decision
from support.serving import served

from proxy.access.people.roles import Role
from proxy.app import create_app
from proxy.console.rules.form import EXAMPLES, filled, rule_of
from proxy.ledger.ledger import Ledger
from proxy.rules.effects import Effect
from proxy.settings import Settings

RULES = """\
rules:
  - name: no-gifts
    when: request.text.contains("gift")
    effect: refuse
    reason: Gifts are not for sale.
    owner: ana@example.com
  - name: hostile
    when: request.text == "<img src=x onerror=window.hacked=1>"
    effect: mark
    label: x
    reason: "<script>window.hacked=1</script>"
    owner: "'\\"><svg onload=window.hacked=1>"
"""
RULE = {
    "name": "outage",
    "when": "request.about_account",
    "effect": "route_to_human",
    "reason": "The CRM is down.",
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    with running_proxy(tmp_path_factory.mktemp("rules"), rules=RULES) as proxy:
        with proxy.ledger() as ledger:
            fired = [{"choice": None, "rule": "no-gifts", "effect": "refuse", "evaluated": True}]
            ledger.record(recorded_decision("gift", question="A gift?", rules=fired, answer=None))
            ledger.record(recorded_decision("account", question="My bill?", request={"about_account": True}))
            ledger.record(recorded_decision("foreign", tenant="acme", rules=fired))
        yield proxy


def post(proxy: RunningProxy, token: str, path: str, form: dict[str, Any]) -> httpx.Response:
    with console_client(proxy.url, token) as client:
        client.timeout = httpx.Timeout(120)
        csrf = csrf_in(client.get("/console/account"))
        return client.post(
            f"/console/rules/{path}", data={"csrf": csrf, "owner": "ana@example.com", "hours": "4", **form}
        )


def test_what_is_live_is_shown_with_who_answers_for_it_and_how_often_it_fires(
    company: RunningProxy, browser: Browser
) -> None:
    browser.sign_in(company, Role.VIEWER)
    browser.open("/console/rules")
    row = next(one for one in browser.all("tbody tr") if "no-gifts" in one.text)
    assert "ana@example.com" in row.text and "policies/rules.yaml:2" in row.text
    assert row.find_element("css selector", "td.number").text == "1"
    assert "Propose an urgent rule" not in browser.text
    browser.expect_nothing_ran()
    browser.expect_accessible("rules")


def test_a_rule_comes_into_force_by_two_people_with_the_keyboard_alone(
    start_proxy: StartProxy, browser: Browser
) -> None:
    proxy = start_proxy()
    browser.sign_in(proxy, Role.LEAD, name="Ana")
    browser.open("/console/rules")
    for name in ("name", "when", "reason"):
        browser.tab_to(f"#proposing [name={name}]")
        browser.press(RULE[name])
    browser.press(Keys.ENTER)
    browser.wait_for_text("Withdraw outage")
    assert "Approve outage" not in browser.text
    browser.expect_accessible("rules-proposed")
    browser.sign_in(proxy, Role.POLICY_OWNER, name="Ben")
    browser.open("/console/rules")
    browser.tab_to("form[action$=approve] button")
    browser.press(Keys.ENTER)
    browser.wait_for_text("approved by")
    assert "name: outage" in (proxy.policies / "injected.yaml").read_text()
    browser.wait(lambda: browser.open("/console/rules") or "injected.yaml" in browser.text)
    browser.expect_accessible("rules-approved")
    assert browser.complaints() == []


@pytest.mark.alone
def test_an_approved_rule_is_live_within_two_seconds(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        post(proxy, signed_in_as(ledger, Role.LEAD), "propose", RULE)
        (proposal,) = ledger.rule_proposals.listed("default")
        second = signed_in_as(ledger, Role.ADMIN)
    assert post(proxy, second, f"proposals/{proposal.id}/approve", {}).status_code == 303
    approved = time.monotonic()
    while "outage" not in httpx.get(f"{proxy.url}/v1/policies/rules").text:
        assert time.monotonic() - approved < 2.0
        time.sleep(0.05)


def test_nobody_approves_their_own_by_any_way(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        ana = add_person(ledger, Role.ADMIN)
        first, second = session_token(ledger, ana), session_token(ledger, ana)
        post(proxy, first, "propose", RULE)
        (proposal,) = ledger.rule_proposals.listed("default")
        for token in (first, second):
            answer = post(proxy, token, f"proposals/{proposal.id}/approve", {})
            assert answer.status_code == 409 and "second person" in answer.text
    assert not (proxy.policies / "injected.yaml").exists()


@pytest.mark.parametrize("path", ["propose", "try", "proposals/x/approve", "proposals/x/reject"])
@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_who_answers_for_no_rules_changes_none(path: str, role: Role, company: RunningProxy) -> None:
    with company.ledger() as ledger:
        assert post(company, signed_in_as(ledger, role), path, RULE).status_code == 403


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"when": "request.about_acount"}, "did you mean"),
        ({"when": ""}, "when: is missing"),
        ({"hours": ""}, "expires: is missing"),
        ({"name": "no-gifts"}, "choose another name"),
        ({"effect": "mark"}, "label"),
        ({"effect": "require_confidence", "confidence": "very"}, "confidence"),
        ({"effect": "explode"}, "effect"),
        ({"name": PAYLOAD}, "name"),
    ],
)
def test_what_would_not_come_into_force_comes_back_with_its_mistakes(
    changes: dict[str, str], told: str, company: RunningProxy
) -> None:
    with company.ledger() as ledger:
        answer = post(company, signed_in_as(ledger, Role.LEAD), "propose", {**RULE, **changes})
        assert answer.status_code == 422
        assert told in answer.text and "The CRM is down." in answer.text
        assert ledger.rule_proposals.listed("default") == []


def test_where_tenants_share_a_folder_a_rule_is_for_its_own_tenant_alone(start_proxy: StartProxy) -> None:
    proxy = start_proxy(tenants={"acme": {"corpus": SHIPPED_CORPUS}})
    with proxy.ledger() as ledger:
        first, second = (signed_in_as(ledger, Role.LEAD, tenant="acme") for _ in range(2))
        assert post(proxy, first, "propose", RULE).status_code == 303
        (proposal,) = ledger.rule_proposals.listed("acme")
        assert proposal.rule["match"] == {"tenant": ["acme"]}
        of_another = signed_in_as(ledger, Role.ADMIN)
        assert post(proxy, of_another, f"proposals/{proposal.id}/approve", {}).status_code == 409
        assert post(proxy, second, f"proposals/{proposal.id}/approve", {}).status_code == 303
        post(proxy, of_another, "propose", {**RULE, "name": "ours"})
        assert ledger.rule_proposals.listed("default")[0].rule["match"] == {"tenant": ["default"]}
    assert "tenant:" in (proxy.policies / "injected.yaml").read_text()


def test_a_proposal_is_rejected_with_a_reason_or_withdrawn(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        ana, ben = signed_in_as(ledger, Role.LEAD), signed_in_as(ledger, Role.LEAD)
        for name in ("one", "two"):
            assert post(proxy, ana, "propose", {**RULE, "name": name}).status_code == 303
        two, one = ledger.rule_proposals.listed("default")
        assert post(proxy, ben, f"proposals/{one.id}/reject", {"note": " "}).status_code == 422
        assert post(proxy, ben, f"proposals/{one.id}/reject", {"note": "Too wide."}).status_code == 303
        assert post(proxy, ana, f"proposals/{two.id}/withdraw", {}).status_code == 303
        assert post(proxy, ben, f"proposals/{two.id}/approve", {}).status_code == 409
        assert post(proxy, ben, f"proposals/{two.id}/explode", {}).status_code == 404
        assert [found.status for found in ledger.rule_proposals.listed("default")] == [
            "withdrawn",
            "rejected",
        ]
    with console_client(proxy.url, ben) as client:
        assert "Too wide." in client.get("/console/rules").text


def test_a_proposed_rules_words_are_text(start_proxy: StartProxy, browser: Browser) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        form = {
            **RULE,
            "reason": PAYLOAD,
            "say": PAYLOADS[0] + " {ref}",
            "owner": PAYLOAD,
            "channel": PAYLOAD,
        }
        assert post(proxy, signed_in_as(ledger, Role.LEAD), "propose", form).status_code == 303
    browser.sign_in(proxy, Role.LEAD, name=PAYLOAD)
    browser.open("/console/rules")
    assert "<script>window.hacked=1</script>" in browser.text
    browser.expect_nothing_ran()


def test_a_rule_is_tried_on_recorded_decisions(company: RunningProxy) -> None:
    with company.ledger() as ledger:
        answer = post(company, signed_in_as(ledger, Role.POLICY_OWNER), "try", {**RULE, "period": "30d"})
    text = " ".join(answer.text.split())
    assert answer.status_code == 200, text
    assert "2 decisions looked at: <strong>1 would have been treated differently" in text
    assert "My bill?" in text and "<html" not in text
    assert not (company.policies / "injected.yaml").exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"when": "request.nothing"}, "request"), ({"name": ""}, "a name"), ({"period": "99y"}, "period")],
)
def test_what_cannot_be_tried_says_why(changes: dict[str, str], told: str, company: RunningProxy) -> None:
    with company.ledger() as ledger:
        answer = post(company, signed_in_as(ledger, Role.LEAD), "try", {**RULE, **changes})
    assert answer.status_code == 422 and told in answer.text


@pytest.mark.parametrize("condition", EXAMPLES)
def test_each_example_of_a_condition_can_be_tried(condition: str, company: RunningProxy) -> None:
    stops = {"effect": "stop_tool_call", "then": "escalate"}
    effect = stops if condition.startswith("tool_call") else {"effect": "mark", "label": "tried"}
    with company.ledger() as ledger:
        answer = post(company, signed_in_as(ledger, Role.LEAD), "try", {**RULE, **effect, "when": condition})
    assert answer.status_code == 200, answer.text


def test_without_a_policies_folder_nothing_is_proposed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'alone.db'}"
    settings = Settings(corpus=tmp_path, policies=None, database_url=url, log_level="error")
    with served(create_app(settings)) as address, console_client(address) as client:
        with Ledger.open(url) as ledger:
            client.cookies.set("cxai-session", signed_in_as(ledger, Role.LEAD))
        page = client.get("/console/rules")
        assert "This proxy has no policies folder" in page.text
        assert (
            client.post(
                "/console/rules/propose", data={"csrf": csrf_in(client.get("/console/account"))}
            ).status_code
            == 409
        )


@pytest.mark.parametrize("effect", list(Effect))
def test_an_effect_gets_what_it_takes_and_nothing_else(effect: Effect) -> None:
    every = {name: "0.9" for name in filled({})}
    rule = rule_of({**every, **RULE, "effect": effect.value}, datetime.now(UTC))
    takes = {Effect.MARK: {"label"}, Effect.APPEND_NOTICE: {"notice"}, Effect.FORBID_TOPIC: {"topic", "then"}}
    takes |= {
        Effect.REQUIRE_CONFIDENCE: {"confidence"},
        Effect.STOP_TOOL_CALL: {"then"},
        Effect.FORCE_REWRITE: set(),
    }
    common = {"name", "when", "effect", "reason", "owner", "match", "priority"}
    assert set(rule) == common | takes.get(effect, {"say"})
