"""Policies files: what they mean, and that every mistake is named by file, line and route."""

from __future__ import annotations

from textwrap import dedent

import pytest

from proxy.corpus.documents import Risk
from proxy.rules.policies import ESCALATION_MESSAGE, Policies
from proxy.rules.problems import PoliciesError
from proxy.rules.reading import policies_from, read_policies


def policies(text: str, **more: str) -> Policies:
    files = {"policies/routes.yaml": dedent(text)} | {
        f"policies/{k}.yaml": dedent(v) for k, v in more.items()
    }
    return policies_from(files)


def problems(text: str, **more: str) -> list[str]:
    with pytest.raises(PoliciesError) as raised:
        policies(text, **more)
    return [str(problem) for problem in raised.value.problems]


def test_without_a_folder_every_request_is_enforced_and_nothing_unchecked_is_delivered():
    route = read_policies(None).route_for(model="gpt-4o")
    assert (route.name, route.mode, route.delivery) == ("default", "enforce", "gated")
    assert (route.on_unverified, route.contradicted, route.unsupported) == ("closed", "rewrite", "rewrite")
    assert (route.account_unsupported, route.expose_blocked, route.system_as_documents) == (
        "escalate",
        False,
        False,
    )
    assert "{ref}" in route.escalation_message and "{" not in route.contact


def test_a_request_takes_the_first_route_that_fits():
    found = policies("""\
        routes:
          - name: staff
            match: {audience: staff}
            mode: "off"
          - name: mail
            match: {channel: [email, letter], model: "gpt-4*"}
            delivery: whole
          - name: gpt
            match: {model: gpt-*}
    """)
    assert found.route_for(model="gpt-4o", channel="email", audience="staff").name == "staff"
    assert found.route_for(model="GPT-4o", channel="Email").name == "mail"
    assert found.route_for(model="gpt-3.5", channel="email").name == "gpt"
    assert found.route_for(model="llama3", channel="email").name == "default"


def test_off_is_a_word_and_not_a_boolean():
    assert policies("routes: [{name: a, mode: off}]").routes[0].mode == "off"


def test_defaults_hold_for_all_files_and_for_the_built_in_route():
    found = policies(
        "routes: [{name: a, match: {model: a}, confidence: {by_risk: {low: 0.2}}}]",
        defaults="defaults: {mode: observe, confidence: {required: 0.8}}",
    )
    a, default = found.routes
    assert (a.mode, default.mode, default.name) == ("observe", "observe", "default")
    assert [a.required_confidence(risk) for risk in (Risk.LOW, Risk.MEDIUM)] == [0.2, 0.8]


def test_high_risk_never_needs_less_confidence_by_accident():
    found = policies("""\
        routes:
          - {name: a, match: {model: a}}
          - {name: b, match: {model: b}, confidence: {required: 0.9}}
          - {name: c, match: {model: c}, confidence: {by_risk: {high: 0.6}}}
    """)
    assert [route.required_confidence(Risk.HIGH) for route in found.routes[:3]] == [0.7, 0.9, 0.6]


def test_the_default_route_may_be_written_down_and_is_still_tried_last():
    found = policies("""\
        routes:
          - {name: default, mode: observe}
          - {name: chat, match: {channel: chat}}
    """)
    assert found.route_for(model="m", channel="chat").name == "chat"
    assert found.route_for(model="m", channel="email").mode == "observe"


def test_the_version_names_what_is_said_and_not_how_it_is_written():
    one = policies("routes: [{name: a, mode: observe}]")
    same = policies("# a comment\nroutes:\n  - mode: observe\n    name: a\n")
    other = policies("routes: [{name: a, mode: enforce}]")
    assert one.version == same.version != other.version
    assert one.routes[0].version == same.routes[0].version != other.routes[0].version


def test_an_empty_file_says_nothing():
    assert policies("").version == read_policies(None).version


MISTAKES = {
    "a misspelt key": (
        "routes:\n  - name: billing\n    on_unverifed: open\n",
        'policies/routes.yaml:3: route "billing": unknown key "on_unverifed"; did you mean "on_unverified"?',
    ),
    "a misspelt key further in": (
        "routes:\n  - name: billing\n    match:\n      modle: gpt-4\n",
        'policies/routes.yaml:4: route "billing": unknown key "match.modle"; did you mean "model"?',
    ),
    "a misspelt top key": (
        "route:\n  - name: billing\n",
        'policies/routes.yaml:1: unknown key "route"; did you mean "routes"?',
    ),
    "a misspelt value": (
        "routes:\n  - name: billing\n    mode: enforced\n",
        'policies/routes.yaml:3: route "billing": "mode" cannot be "enforced"; did you mean "enforce"?',
    ),
    "an unknown value": (
        "routes:\n  - name: billing\n    mode: loud\n",
        'policies/routes.yaml:3: route "billing": "mode" cannot be "loud"; '
        'allowed: "enforce", "observe", "off"',
    ),
    "an unknown risk": (
        "routes:\n  - name: a\n    confidence:\n      by_risk:\n        hihg: 0.9\n",
        'policies/routes.yaml:5: route "a": "confidence.by_risk.hihg" cannot be "hihg"; did you mean "high"?',
    ),
    "a word for a number": (
        "defaults:\n  judge_s: soon\n",
        'policies/routes.yaml:2: defaults: "judge_s" is "soon": it should be a valid number',
    ),
    "too much confidence": (
        "routes:\n  - name: a\n    confidence: {required: 70}\n",
        'policies/routes.yaml:3: route "a": "confidence.required" is 70: '
        "it should be less than or equal to 1",
    ),
    "a number for a mapping": (
        "routes:\n  - name: a\n    confidence: 0.7\n",
        'policies/routes.yaml:3: route "a": "confidence" must be a mapping, not 0.7',
    ),
    "no name": (
        "routes:\n  - mode: observe\n",
        'policies/routes.yaml:2: route 1: key "name" is missing',
    ),
    "no reference in the message": (
        "routes:\n  - name: a\n    escalation_message: We will call you.\n",
        'policies/routes.yaml:3: route "a": "escalation_message" must contain {ref}, '
        "the place where the customer's reference goes",
    ),
    "another field in the message": (
        'routes:\n  - name: a\n    escalation_message: "{ref} for {name}"\n',
        'policies/routes.yaml:3: route "a": "escalation_message" may contain {ref} and no other field; '
        "write a brace that is meant as text twice",
    ),
    "a key twice": (
        "routes:\n  - name: a\n    mode: off\n    mode: observe\n",
        'policies/routes.yaml:4: key "mode" is already given in line 3',
    ),
    "a name twice": (
        "routes:\n  - {name: a, match: {model: x}}\n  - {name: a, match: {model: y}}\n",
        'policies/routes.yaml:3: route "a": the name is already taken in policies/routes.yaml:2',
    ),
    "a last route that does not take all": (
        "routes:\n  - name: default\n    match: {channel: email}\n",
        'policies/routes.yaml:3: route "default": takes what no other route takes; leave out "match"',
    ),
    "a route that no request reaches": (
        "routes:\n  - name: all\n  - {name: mail, match: {channel: email}}\n",
        'policies/routes.yaml:3: route "mail": is never used: route "all" (policies/routes.yaml:2) before it '
        "takes every request",
    ),
    "asking again although sentences have left": (
        "routes:\n  - name: a\n    reask: {times: 2}\n",
        'policies/routes.yaml:3: route "a": "reask" needs "delivery: whole": '
        "a sentence that has left cannot be asked for again",
    ),
    "refusing although sentences have left": (
        "routes:\n  - name: a\n    contradicted: refuse\n",
        'policies/routes.yaml:3: route "a": "contradicted: refuse" needs "delivery: whole": '
        "a sentence that has left cannot be taken back",
    ),
    "refusing by default although sentences have left": (
        "defaults:\n  unsupported: refuse\n",
        'policies/routes.yaml:2: defaults: "unsupported: refuse" needs "delivery: whole": '
        "a sentence that has left cannot be taken back",
    ),
    "routes that are no list": (
        "routes:\n  billing: {mode: observe}\n",
        'policies/routes.yaml:1: "routes" must be a list: each route starts with "- name: ..."',
    ),
    "a list for a file": (
        "- name: a\n",
        'policies/routes.yaml:1: must be a mapping with "defaults", "routes", "rules", "queues", '
        '"tests" or "switched_off"',
    ),
    "broken YAML": (
        "routes:\n  - name: [a\n",
        "policies/routes.yaml:3: not valid YAML: expected ',' or ']', but got '<stream end>'",
    ),
    "an unknown tag": (
        "routes:\n  - name: !!python/object:os.system a\n",
        "policies/routes.yaml:2: not valid YAML: could not determine a constructor for the tag "
        "'tag:yaml.org,2002:python/object:os.system'",
    ),
    "an alias inside itself": (
        "routes: &all\n  - *all\n",
        "policies/routes.yaml:1: an alias may not stand inside what it names",
    ),
    "a key that is a list": ("? [a, b]\n: 1\n", "policies/routes.yaml:1: a key must be a plain word"),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named_with_its_place_and_the_way_out(text: str, message: str):
    assert problems(text) == [message]


def test_all_mistakes_of_all_files_are_reported_at_once():
    found = problems(
        "routes: [{name: a, mod: off}]\ndefaults: {mode: observe}", b="routes: [{nam: a}]\ndefaults: {}"
    )
    assert [problem.split(": ")[0] for problem in found] == [
        "policies/b.yaml:2",
        "policies/routes.yaml:1",
        "policies/b.yaml:1",
        "policies/b.yaml:1",
    ]


def test_a_folder_that_is_not_there_is_a_problem_and_not_a_stack_trace(tmp_path):
    with pytest.raises(PoliciesError, match="nowhere: cannot be read"):
        read_policies(tmp_path / "nowhere")


def test_files_are_read_by_name_and_others_ignored(tmp_path):
    (tmp_path / "b.yml").write_text("routes: [{name: second, match: {model: m}}]")
    (tmp_path / "a.yaml").write_text("routes: [{name: first, match: {model: m}}]")
    (tmp_path / "notes.txt").write_text("{not yaml")
    assert [route.name for route in read_policies(tmp_path).routes] == ["first", "second", "default"]


def test_the_built_in_message_promises_a_reference_and_no_more():
    assert ESCALATION_MESSAGE.format(ref="CX-1").count("CX-1") == 1


RULE = """\
rules:
  - name: refund
    when: tool_call.name == "issue_refund" && tool_call.arguments.amount > 500
    effect: stop_tool_call
    reason: A person decides.
"""


def test_rules_stand_beside_routes_and_in_the_order_of_the_files() -> None:
    found = policies(
        "routes: [{name: a, match: {model: a}}]\n" + RULE,
        more=RULE.replace("name: refund", "name: also")
        + "    then: refuse\n    match: {channel: [voice, phone]}\n",
    )
    *_, refund, also = found.rules.every
    assert (refund.name, refund.then, refund.match.fits_everything) == ("refund", "escalate", True)
    assert (also.name, also.then, also.match.channel) == ("also", "refuse", ("voice", "phone"))


def test_the_version_names_the_rules_too() -> None:
    without, one = policies("routes: []"), policies(RULE)
    other = policies(RULE.replace("500", "501"))
    assert len({found.version for found in (without, one, other)}) == 3
    assert without.version == read_policies(None).version
    assert one.version == policies("# the same\n" + RULE).version


RULE_MISTAKES = {
    "a misspelt key": (
        RULE.replace("    reason:", "    raeson:"),
        [
            'policies/routes.yaml:2: rule "refund": key "reason" is missing',
            'policies/routes.yaml:5: rule "refund": unknown key "raeson"; did you mean "reason"?',
        ],
    ),
    "a misspelt effect": (
        RULE.replace("stop_tool_call", "stop_toolcall"),
        [
            'policies/routes.yaml:4: rule "refund": "effect" cannot be "stop_toolcall"; did you mean "stop_tool_call"?'
        ],
    ),
    "another consequence": (
        RULE + "    then: wait\n",
        ['policies/routes.yaml:6: rule "refund": "then" cannot be "wait"; allowed: "escalate", "refuse"'],
    ),
    "a misspelt match": (
        RULE + "    match: {chanel: voice}\n",
        ['policies/routes.yaml:6: rule "refund": unknown key "match.chanel"; did you mean "channel"?'],
    ),
    "no name": (
        RULE.replace("name: refund\n    when", "when"),
        ['policies/routes.yaml:2: rule 1: key "name" is missing'],
    ),
    "a condition that is no text": (
        RULE.replace('tool_call.name == "issue_refund" && tool_call.arguments.amount > 500', "5"),
        ['policies/routes.yaml:3: rule "refund": "when" is 5: it should be a valid string'],
    ),
    "a misspelt name in the condition": (
        RULE.replace("tool_call.name", "tool_call.nmae"),
        [
            'policies/routes.yaml:3: rule "refund": unknown name "tool_call.nmae"; did you mean "tool_call.name"?'
        ],
    ),
    "several mistakes in a condition of several lines": (
        RULE.replace(
            'tool_call.name == "issue_refund" &&',
            '|\n      request.modle == "gpt" &&\n      customer.idd == "7" ||\n     ',
        ),
        [
            'policies/routes.yaml:4: rule "refund": unknown name "request.modle"; did you mean "request.model"?',
            'policies/routes.yaml:5: rule "refund": unknown name "customer.idd"; did you mean "customer.id"?',
        ],
    ),
    "a folded condition": (
        RULE.replace("tool_call.name ==", ">-\n      tool_call.nmae\n      =="),
        [
            'policies/routes.yaml:3: rule "refund": unknown name "tool_call.nmae"; did you mean "tool_call.name"?'
        ],
    ),
    "a name twice": (
        RULE + RULE.removeprefix("rules:\n"),
        ['policies/routes.yaml:6: rule "refund": the name is already taken in policies/routes.yaml:2'],
    ),
    "rules that are no list": (
        "rules:\n  refund: {}\n",
        ['policies/routes.yaml:1: "rules" must be a list: each rule starts with "- name: ..."'],
    ),
    "a rule that is no mapping": (
        "rules:\n  - refund\n",
        ['policies/routes.yaml:2: rule 1: must be a mapping, not "refund"'],
    ),
}


@pytest.mark.parametrize(("text", "messages"), RULE_MISTAKES.values(), ids=RULE_MISTAKES.keys())
def test_a_mistake_in_a_rule_is_named_with_its_place_and_the_way_out(text: str, messages: list[str]) -> None:
    assert sorted(problems(text)) == messages
