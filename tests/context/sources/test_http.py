"""A CRM over HTTP: only what is declared is read, and only its own address is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from support.crm import Crm, running_crm
from support.loop_time import timed_steps

from proxy.context.sources.source import Found, SourceError

RECORD = {
    "flags": [
        {"type": "vip", "set": False},
        {"type": "complaint", "set": True, "at": "2026-03-01T11:00:00Z"},
    ],
    "name": "Jo Doe",
    "balance": "twelve",
}


@pytest.fixture(scope="module")
def crm() -> Iterator[Crm]:
    moved = (302, {"location": "/customers/c-1"})
    with running_crm(
        **{
            "c-1": RECORD,
            "moved": moved,
            "broken": b"{",
            "down": (503, {}),
            "odd": (400, {}),
            "big": "x" * 500,
        }
    ) as running:
        running.answers["/customers/a%2Fb%20c%3Fd"] = RECORD
        yield running


def source(crm: Crm, **more: str) -> str:
    options = "".join(f"\n    {key}: {value}" for key, value in more.items())
    return f"""\
sources:
  - name: x
    kind: http
    url: "{crm.url}/customers/{{customer_id}}"{options}
facts:
  - name: complaint
    type: bool
    max_age: 10m
    from: {{x: {{value: "flags[?type=='complaint'].set | [0]", true_at: "flags[?type=='complaint'].at | [0]"}}}}
  - {{name: tier, type: text, max_age: 1d, from: {{x: }}}}
  - {{name: debt, type: number, max_age: 1d, from: {{x: "abs(balance)"}}}}
"""


def problem(ask: Any, text: str, customer: str, **surroundings: Any) -> str:
    with pytest.raises(SourceError) as raised:
        ask(text, customer, **surroundings)
    return str(raised.value)


def test_declared_facts_are_found_by_their_paths(crm: Crm, ask: Any):
    found = ask(source(crm), "c-1")
    assert found["complaint"] == Found(True, "2026-03-01T11:00:00Z")
    assert found["tier"] == Found(None)
    assert set(found) == {"complaint", "tier", "debt"}


def test_a_path_that_does_not_lead_there_is_that_facts_problem_alone(crm: Crm, ask: Any):
    found = ask(source(crm), "c-1")
    assert found["debt"].problem is not None and "twelve" not in found["debt"].problem


def test_a_long_answer_is_read_aside_of_the_event_loop(crm: Crm, ask: Any, monkeypatch: pytest.MonkeyPatch):
    flags = [{"type": "vip", "set": False}] * 10_000
    crm.answers["/customers/long"] = {"flags": [*flags, {"type": "complaint", "set": True}]}
    with timed_steps(monkeypatch) as steps:
        steps.thread = threading.get_ident()
        assert ask(source(crm), "long")["complaint"].value is True
    assert steps.most_s < 0.02, str(steps)


def test_an_unknown_customer_has_no_facts(crm: Crm, ask: Any):
    assert ask(source(crm), "nobody") == {}


def test_the_customers_id_cannot_leave_its_place_in_the_address(crm: Crm, ask: Any):
    assert ask(source(crm), "a/b c?d")["complaint"].value is True
    ask(source(crm), "../admin#x&y=1")
    assert crm.asked[-1][0] == "/customers/..%2Fadmin%23x%26y%3D1"
    assert problem(ask, source(crm), "..") == "cannot be asked: the customer's id is made of dots alone"


@pytest.mark.parametrize(
    ("customer", "said"),
    [
        ("moved", "answered 302, a redirect; only its own address is asked"),
        ("down", "answered 503"),
        ("broken", "answered with what is no JSON"),
    ],
)
def test_what_is_no_answer_is_said_to_be_none(crm: Crm, ask: Any, customer: str, said: str):
    assert problem(ask, source(crm), customer) == said


def test_a_long_answer_is_not_read_to_its_end(crm: Crm, ask: Any):
    assert (
        problem(ask, source(crm, max_bytes="400"), "big") == "answered with more than 400 bytes (max_bytes)"
    )


def test_an_id_that_it_cannot_read_says_nothing_against_the_source(crm: Crm, ask: Any):
    for customer, is_its_own in (("odd", False), ("down", True)):
        with pytest.raises(SourceError) as raised:
            ask(source(crm), customer)
        assert raised.value.is_its_own is is_its_own


def test_the_key_comes_from_the_environment(crm: Crm, ask: Any):
    text = source(crm, api_key="{env: CRM_KEY}")
    ask(text, "c-1", environment={"CRM_KEY": "sk-1"})
    assert crm.asked[-1][1]["authorization"] == "Bearer sk-1"
    ask(source(crm, api_key="{env: CRM_KEY}", auth="X-Api-Key"), "c-1", environment={"CRM_KEY": "sk-2"})
    assert crm.asked[-1][1]["x-api-key"] == "sk-2" and "authorization" not in crm.asked[-1][1]
    assert problem(ask, text, "c-1") == "needs its key: the environment variable CRM_KEY is not set"


def test_a_server_that_is_not_there_is_named_without_its_address(ask: Any):
    said = problem(ask, source(Crm(url="http://127.0.0.1:9")), "c-1")
    assert said == "cannot be reached: ConnectError"
