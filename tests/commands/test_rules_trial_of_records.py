"""``cxai rules try`` on what a proxy has really recorded: rules fire in the replay where they fire live."""

from __future__ import annotations

from functools import partial
from itertools import product
from pathlib import Path

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from support.command_line import Cxai, cxai
from support.waiting import until

__all__ = ["cxai"]

DECLARED = """\
sources: [{name: crm, kind: file, path: crm.csv, key: id}]
facts:
  - {name: tier, type: text, class: wanted, max_age: 1h, masked: false, from: {crm: }}
  - {name: owed, type: number, class: required, max_age: 1h, masked: false, protective_value: 0, from: {crm: }}
"""
RULES = {
    "to-person": "context.tier.value == 'gold' && request.channel == 'voice'",
    "refused": "context.owed.value > 100.0 && context.owed.state == 'fresh'",
    "told": "request.text.contains('bag') && context.open_case.state == 'fresh'",
    "unsure": "claims.exists(c, c.verdict == 'supported')",
    "late": "'owed' in context.not_fresh && customer.id == 'C-3'",
}
EFFECTS = {"to-person": "route_to_human", "refused": "refuse", "late": "route_to_human"}
SHIPPED = ("never-ignored-twice", "case-not-visible", "asks-for-person", "new-complaint", "case-known")
QUESTIONS = ("What is the bag limit?", "When do I board?")
ANSWER = "You must apply before you travel."


def rules() -> str:
    written = [
        f'  - {{name: {name}, when: "{when}", effect: {EFFECTS.get(name, "mark")}, reason: r'
        + ("}" if name in EFFECTS else ", label: x}")
        for name, when in RULES.items()
    ]
    return "rules:\n" + "\n".join(written) + "\n"


@pytest.mark.parametrize("store_text", ["full", "masked", "none"])
def test_a_replay_fires_what_fired_live(
    ledger_url: str, start_proxy: StartProxy, cxai: Cxai, tmp_path: Path, store_text: str
):
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "context.yaml").write_text(DECLARED)
    (folder / "shipped.yaml").write_text(f"switched_off: [{', '.join(SHIPPED)}]")
    (folder / "crm.csv").write_text("id,tier,owed\nC-1,gold,5\nC-2,silver,200\nC-3,gold,\n")
    (folder / "rules.yaml").write_text(rules())
    proxy = start_proxy(database_url=ledger_url, store_text=store_text)
    proxy.provider.answers(ANSWER)
    live: dict[str, set[str]] = {}
    with proxy.ledger() as ledger:
        for customer, channel, question in product(
            ("C-1", "C-2", "C-3", "C-4"), ("chat", "voice"), QUESTIONS
        ):
            headers = {"x-cxai-customer-id": customer, "x-cxai-channel": channel}
            response_id = proxy.ask(question, headers=headers).headers["x-cxai-response-id"]
            record = until(partial(ledger.answer, response_id))
            live[response_id] = {fired["rule"] for fired in record.rules or ()} & set(RULES)
    live_now = policies_of(proxy)
    (folder / "rules.yaml").unlink()
    until(
        lambda: policies_of(proxy) != live_now
    )  # the proxy of this process says so where the command prints
    Path("draft.yaml").write_text(rules())
    tried = cxai(
        "rules",
        "try",
        "draft.yaml",
        "--json",
        "--limit",
        "100",
        "--database-url",
        ledger_url,
        "--policies",
        "policies",
    )
    lines = tried.json_lines()
    fires = {one["rule"]: one["would_fire"] for one in lines if one["type"] == "rule"}
    expected = {name: sum(name in fired for fired in live.values()) for name in RULES}
    assert all(expected.values()), expected
    left_out = {one["rule"] for one in lines if one["type"] == "not_replayed"}
    if store_text == "none":  # what reads texts is named as not replayed, the rest is the same
        assert left_out == {"to-person", "told", "unsure"}
        expected |= dict.fromkeys(left_out, 0)
        live = {name: fired - left_out for name, fired in live.items()}
    assert fires == expected
    stopped = {name for name, fired in live.items() if fired & set(EFFECTS)}
    assert {one["response_id"] for one in lines if one["type"] == "difference"} == stopped


def policies_of(proxy: RunningProxy) -> str:
    return str(httpx.get(f"{proxy.url}/readyz").json()["policies"]["version"])
