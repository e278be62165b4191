"""Queues: each case goes to the first that fits, and each mistake is told with its file, line and remedy."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from proxy.attribute_docs import attribute_docs
from proxy.corpus.documents import Risk
from proxy.ledger.desk.records import Routing
from proxy.rules.facts import ContextValues, FactValue, RequestFacts
from proxy.rules.live import LivePolicies
from proxy.rules.problems import PoliciesError
from proxy.rules.queues import Queue, Queues, Sorted
from proxy.rules.reading import policies_from

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DOCS = (Path(__file__).parents[2] / "docs" / "escalations.md").read_text(encoding="utf-8")
TEXT = """
queues:
  - name: fares
    topics: [airline/bereavement-*, airline/fares]
    answer_within: 4h
  - name: urgent
    risk: high
  - name: gold
    match: {channel: voice}
    when: context.open_case.value == true && request.is_complaint
  - name: complaints
    when: request.is_complaint
    answer_within: 1d
"""


def queues(text: str = TEXT) -> Queues:
    return policies_from({"policies/queues.yaml": text}).queues


def request(**more: Any) -> RequestFacts:
    told: dict[str, Any] = {
        "model": "m", "channel": "chat", "audience": "customer", "route": "default", "market": "", "customer_id": "c",
        "conversation_id": "", "tenant": "default", "text": "Where?", "about_account": False, "about_open_case": False,
        "wants_person": False, "is_complaint": False,
    }  # fmt: skip
    return RequestFacts(**{**told, **more})


CONTEXT = ContextValues(
    facts={"open_case": FactValue(True, "fresh", 1.0, "ledger")}, completeness=1.0, not_fresh=()
)


def sorted_into(about: Sorted, **more: Any) -> str:
    return queues().routing(about, request(**more), CONTEXT, NOON).queue


def test_a_case_takes_the_first_queue_that_fits() -> None:
    assert sorted_into(Sorted("airline/bereavement-fares", Risk.HIGH)) == "fares"
    assert sorted_into(Sorted("hotel/pets", Risk.HIGH)) == "urgent"
    assert sorted_into(Sorted("hotel/pets", Risk.LOW), is_complaint=True) == "complaints"
    assert sorted_into(Sorted("hotel/pets", Risk.LOW), is_complaint=True, channel="voice") == "gold"
    assert sorted_into(Sorted(), channel="voice") == "default" == sorted_into(Sorted("hotel/pets"))


def test_its_target_begins_when_it_opens() -> None:
    routing = queues().routing(Sorted("airline/fares", Risk.LOW), request(), CONTEXT, NOON)
    assert routing == Routing("fares", NOON + timedelta(hours=4), "airline/fares", "low")
    assert queues().routing(Sorted(), request(), CONTEXT, NOON) == Routing("default", None, None, None)


AT = "policies/queues.yaml"
MISTAKES = {
    "a key": ("- name: a\n    topcis: [x]", f'{AT}:4: queue "a": unknown key "topcis"; did you mean "topics"?'),
    "a length": ("- name: a\n    answer_within: soon", f'{AT}:4: queue "a": "answer_within" must be a length of time'),
    "no name": ("- topics: x", f"{AT}:3: queue 1: "),
    "a name twice": ("- {name: a, topics: x}\n  - name: a", f'{AT}:4: queue "a": the name is already taken in {AT}:3'),
    "a risk": ("- name: a\n    risk: [hihg]", f'{AT}:4: queue "a": '),
    "a condition": (
        "- name: a\n    when: request.is_complain",
        f'{AT}:4: queue "a": "when": unknown name "request.is_complain"; did you mean "request.is_complaint"?',
    ),
    "the answer": (
        "- name: a\n    when: answer.text != ''",
        f'{AT}:4: queue "a": "when" may read the request and the context alone: a case is sorted by what was asked',
    ),
    "an alarm too early": (
        "- name: a\n    answer_within: 1h\n    alarm_before: 1h",
        f'{AT}:5: queue "a": "alarm_before" must be shorter than "answer_within"; write alarm_before: 900s',
    ),
    "a target too short": (
        "- name: a\n    answer_within: 20m",
        f'{AT}:4: queue "a": "alarm_before" must be shorter than "answer_within"; write alarm_before: 300s',
    ),
    "a queue behind one that takes all": (
        "- name: a\n  - name: b",
        f'{AT}:4: queue "b": is never used: queue "a" ({AT}:3) before it takes every case; put it first',
    ),
    "a route": (
        "- name: a\n    match: {route: biling}",
        f'{AT}:4: queue "a": "match.route" is "biling", and no route is called so',
    ),
    "no list": ("name: a", f'{AT}:2: "queues" must be a list: each queue starts with "- name: ..."'),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_place_and_remedy(mistake: str) -> None:
    written, told = MISTAKES[mistake]
    with pytest.raises(PoliciesError) as raised:
        queues(f"\nqueues:\n  {written}\n")
    assert any(str(problem).startswith(told) for problem in raised.value.problems), str(raised.value)


def test_a_changed_queue_is_live_and_a_broken_one_leaves_the_last(tmp_path: Path) -> None:
    file = tmp_path / "queues.yaml"
    file.write_text("queues: [{name: a, answer_within: 2h}]", encoding="utf-8")
    live = LivePolicies(tmp_path)
    version = live.current.version
    file.write_text("queues: [{name: a, answer_within: 3h}]", encoding="utf-8")
    live.reload()
    assert live.current.queues.named("a").answer_within == timedelta(hours=3)
    assert live.current.version != version
    file.write_text("queues: [{name: a, answer_in: 3h}]", encoding="utf-8")
    live.reload()
    assert live.problems and live.current.queues.named("a").answer_within == timedelta(hours=3)


def test_every_key_of_a_queue_is_documented_and_the_example_holds() -> None:
    rows = DOCS.partition("\n| key | default |")[2].split("\n\n")[0].splitlines()[2:]
    assert [row.split("|")[1].strip().strip("`") for row in rows] == list(Queue.model_fields)
    assert attribute_docs(Queue).keys() == Queue.model_fields.keys()
    (example,) = re.findall(r"```yaml\n(queues:.+?)```", DOCS, flags=re.DOTALL)
    assert [queue.name for queue in queues(example).every] == ["bereavement", "complaints"]
