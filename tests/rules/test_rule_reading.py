"""Rules of every effect in a file: what each needs, when it may act, and that mistakes are told with the way out."""

from __future__ import annotations

import pytest

from proxy.rules.problems import PoliciesError
from proxy.rules.reading import policies_from

GATED = """\
routes:
  - {name: chat, match: {channel: chat}}
  - {name: mail, match: {channel: email}, delivery: whole}
"""


def problems(rule: str, routes: str = GATED, context: str = "") -> list[str]:
    """``rule`` is the text below its name and reason, which stand in the lines 2 and 3."""
    text = "rules:\n  - name: a\n    reason: b\n" + "".join(f"    {line}\n" for line in rule.splitlines())
    files = {"rules.yaml": text, "routes.yaml": routes, **({"context.yaml": context} if context else {})}
    try:
        policies_from(files)
    except PoliciesError as error:
        return [str(problem) for problem in error.problems]
    return []


RIGHT = [
    "when: true\neffect: route_to_human",
    "when: true\neffect: route_to_human\nsay: Hello. Your reference is {ref}. Your case is {open_case_ref}.",
    "when: true\neffect: refuse\nsay: Not about {open_case_ref}.",
    "when: true\neffect: require_confidence\nconfidence: 0.9",
    "when: true\neffect: force_rewrite",
    "when: true\neffect: forbid_topic\ntopic: [our competitors, other airlines]",
    "when: true\neffect: append_notice\nnotice: 'Since {open_case_since:%d %B}.'",
    "when: true\neffect: mark\nlabel: vip",
    "when: true\neffect: stop_tool_call\nthen: refuse",
    "when: size(claims) > 3\neffect: route_to_human",
    "when: answer.text == ''\neffect: refuse\nmatch: {route: mail}",
    "when: answer.text == ''\neffect: force_rewrite\nmatch: {route: [mail]}",
    "when: answer.text == ''\neffect: mark\nlabel: empty\nmatch: {tenant: acme, route: '*'}",
    "when: true\neffect: mark\nlabel: x\nshare: 0.1\npriority: -3\nowner: Ann\nexpires: 2026-12-01T09:00:00Z",
]


@pytest.mark.parametrize("rule", RIGHT)
def test_what_is_right_is_no_problem(rule: str) -> None:
    assert problems(rule) == []


WHOLE = (
    ' over the answer needs "delivery: whole", but it is for route "{}" too, which has "{}": '
    "what has left cannot be taken back; write "
)
MISTAKES = {
    "a threshold that is missing": (
        "when: true\neffect: require_confidence",
        '5: rule "a": "require_confidence" needs the key "confidence"',
    ),
    "a topic that is missing": (
        "when: true\neffect: forbid_topic",
        '5: rule "a": "forbid_topic" needs the key "topic"',
    ),
    "a notice that is missing": (
        "when: true\neffect: append_notice",
        '5: rule "a": "append_notice" needs the key "notice"',
    ),
    "a label that is missing": ("when: true\neffect: mark", '5: rule "a": "mark" needs the key "label"'),
    "a key of another effect": (
        "when: true\neffect: mark\nlabel: x\nsay: Hello.",
        '7: rule "a": "say" does not go with "mark"; it is for "route_to_human" and "refuse"',
    ),
    "a consequence of another effect": (
        "when: true\neffect: refuse\nthen: escalate",
        '6: rule "a": "then" does not go with "refuse"; it is for "forbid_topic" and "stop_tool_call"',
    ),
    "a threshold that is empty": (
        "when: true\neffect: require_confidence\nconfidence:",
        '5: rule "a": "require_confidence" needs the key "confidence"',
    ),
    "no phrase about the topic": (
        "when: true\neffect: forbid_topic\ntopic: []",
        '6: rule "a": "topic" is empty: give at least one',
    ),
    "a threshold that is none": (
        "when: true\neffect: require_confidence\nconfidence: 90",
        '6: rule "a": "confidence" is 90: it should be less than or equal to 1',
    ),
    "a share that is none": (
        "when: true\neffect: mark\nlabel: x\nshare: 10",
        '7: rule "a": "share" is 10: it should be less than or equal to 1',
    ),
    "a priority that is none": (
        "when: true\neffect: mark\nlabel: x\npriority: high",
        '7: rule "a": "priority" is "high": it should be a valid integer',
    ),
    "a label with spaces": (
        "when: true\neffect: mark\nlabel: a b",
        '6: rule "a": "label" is "a b": it should match pattern \'^[A-Za-z0-9][A-Za-z0-9_.-]*$\'',
    ),
    "an end without a zone": (
        "when: true\neffect: mark\nlabel: x\nexpires: 2026-12-01",
        '7: rule "a": "expires" is "2026-12-01": it should be a time with its zone, such as 2026-12-01T09:00:00+01:00',
    ),
    "no reference in what is said": (
        "when: true\neffect: route_to_human\nsay: Wait.",
        '6: rule "a": "say" must contain {ref}, the place where the customer\'s reference goes',
    ),
    "a fact that is not declared in what is said": (
        "when: true\neffect: refuse\nsay: It is {open_csae_ref}.",
        '6: rule "a": "say" has an unknown field "{open_csae_ref}"; did you mean "open_case_ref"?',
    ),
    "a fact that is not declared in a notice": (
        "when: true\neffect: append_notice\nnotice: It is {open_case_hodler}.",
        '6: rule "a": "notice" has an unknown field "{open_case_hodler}"; did you mean "open_case_holder"?',
    ),
    "a fact that is not declared in the condition": (
        'when: context.teir.value == "gold"\neffect: mark\nlabel: x',
        '4: rule "a": unknown name "context.teir"; allowed: "context.completeness", "context.not_fresh", '
        '"context.open_case", "context.open_case_ref", "context.open_case_since", "context.open_case_holder", '
        '"context.recent_failures", "context.promises_due", "context.answered_case_ref"; '
        "facts are declared in policies/context.yaml",
    ),
    "a misspelt fact": (
        "when: context.open_csae.value == true\neffect: mark\nlabel: x",
        '4: rule "a": unknown name "context.open_csae"; did you mean "context.open_case"?',
    ),
    "a misspelt part of a fact": (
        "when: |\n  true &&\n  context.open_case.valeu == true\neffect: mark\nlabel: x",
        '6: rule "a": unknown name "context.open_case.valeu"; did you mean "context.open_case.value"?',
    ),
    "the answer before there is one": (
        'when: answer.text == "x"\neffect: require_confidence\nconfidence: 0.9',
        '4: rule "a": "require_confidence" acts before the model is asked and may read request, customer, '
        'context, time; not "answer"',
    ),
    "a call in a rule for the whole answer": (
        'when: tool_call.name == "x"\neffect: mark\nlabel: x',
        '4: rule "a": "mark" acts before the model is asked or when the answer is there and may read request, '
        'customer, context, time, answer, claims; not "tool_call"; over all calls write "answer.tool_calls"',
    ),
    "claims in a rule for a call": (
        'when: tool_call.name == "x" && size(claims) > 1\neffect: stop_tool_call',
        '4: rule "a": "stop_tool_call" acts for each call of a tool and may read request, customer, context, '
        'time, answer, tool_call; not "claims"',
    ),
    "refusing what has left": (
        'when: answer.text == "x"\neffect: refuse\nmatch: {channel: chat}',
        '6: rule "a": "refuse"' + WHOLE.format("chat", "gated") + "match: {route: [mail]}",
    ),
    "rewriting what has left, on every route": (
        'when: answer.text == "x"\neffect: force_rewrite',
        '2: rule "a": "force_rewrite"' + WHOLE.format("chat", "gated") + "match: {route: [mail]}",
    ),
    "a route of its own invention": (
        "when: true\neffect: mark\nlabel: x\nmatch: {route: mial}",
        '7: rule "a": "match.route" is "mial", and no route is called so; did you mean "mail"?',
    ),
    "a misspelt effect": (
        "when: true\neffect: route_to_humans",
        '5: rule "a": "effect" cannot be "route_to_humans"; did you mean "route_to_human"?',
    ),
}


@pytest.mark.parametrize(("rule", "problem"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_with_its_line_and_the_way_out(rule: str, problem: str) -> None:
    assert problems(rule) == [f"rules.yaml:{problem}"]


def test_where_no_route_holds_its_answers_back_one_must_be_told_to() -> None:
    found = problems('when: answer.text == "x"\neffect: refuse', routes="")
    remedy = WHOLE.format("default", "gated") + '"delivery: whole" in route "default"'
    assert found == [f'rules.yaml:2: rule "a": "refuse"{remedy}']


def test_a_mistake_in_a_route_is_told_alone() -> None:
    found = problems(
        'when: answer.text == "x"\neffect: refuse\nmatch: {route: mail}',
        routes="routes: [{name: mail, mod: off}]",
    )
    assert found == ['routes.yaml:1: route "mail": unknown key "mod"; did you mean "mode"?']


def test_rules_are_compiled_against_the_facts_that_the_company_declares() -> None:
    rule = 'when: context.tier.value == "gold"\neffect: append_notice\nnotice: You are {tier}.'
    (problem,) = problems(rule)
    assert 'unknown name "context.tier"' in problem
    declared = (
        "sources: [{name: crm, kind: file, path: crm.csv, key: id}]\n"
        "facts: [{name: tier, type: text, max_age: 1h, from: {crm: }}]\n"
    )
    assert problems(rule, context=declared) == []
    assert problems(rule.replace('"gold"', "3"), context=declared) == [
        'rules.yaml:4: rule "a": "==" does not go with (string, int)'
    ]


def test_a_built_in_fact_that_is_declared_wrong_is_told_once() -> None:
    declared = (
        "sources: [{name: crm, kind: file, path: crm.csv, key: id}]\n"
        "facts: [{name: open_case, type: text, max_age: 1h, from: {crm: }}]\n"
    )
    (problem,) = problems("when: context.open_case.value == true\neffect: mark\nlabel: x", context=declared)
    assert problem.startswith('context.yaml:2: fact "open_case": is built in')
