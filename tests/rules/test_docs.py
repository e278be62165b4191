"""docs/rules.md has all that a rule can say and read, its examples hold, and its mistakes are told like that."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from proxy.attribute_docs import attribute_docs
from proxy.rules.case_options import Given
from proxy.rules.cases import run_cases
from proxy.rules.context_options import BUILT_IN_CONTEXT
from proxy.rules.effects import EFFECTS, Effect, Phase
from proxy.rules.literals import KINDS, STATES, VERDICTS
from proxy.rules.problems import PoliciesError
from proxy.rules.reading import policies_from, read_policies
from proxy.rules.rule_reading import shipped_file
from proxy.rules.rules import Rule
from proxy.rules.schema import OBJECTS, VARIABLES, schema_of

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
CODE = set(re.findall(r"`([^`\n]+)`", TEXT))
EXAMPLES = dict(re.findall(r"```yaml\n# (policies/\w+\.yaml)\n(.+?)```", TEXT, flags=re.DOTALL))


def table(head: str) -> list[list[str]]:
    """The rows of the table that begins with this head."""
    rows = TEXT.partition(f"\n| {head} |")[2].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def test_every_key_of_a_rule_is_documented_and_every_documented_one_exists() -> None:
    assert [row[0].strip("`") for row in table("key")] == list(Rule.model_fields)
    assert attribute_docs(Rule).keys() | {"match"} == Rule.model_fields.keys()


def test_every_effect_is_documented_with_its_phases_and_its_keys() -> None:
    rows = table("effect")
    assert [row[0] for row in rows] == [f"`{effect}`" for effect in Effect]
    for (_, *cells), effect in zip(rows, Effect, strict=True):
        options = EFFECTS[effect]
        acts = [
            "yes" if phase in options.phases else "–" for phase in (Phase.AHEAD, Phase.ANSWER, Phase.CALL)
        ]
        keys = [", ".join(f"`{key}`" for key in of) or "–" for of in (options.needs, options.takes)]
        assert cells == [*acts, *keys], effect
        assert f"\n- `{effect}`: " in TEXT


def test_the_effects_that_protect_are_documented() -> None:
    protecting, telling = re.search(
        r"\*\*fires all the same(.+?)With (.+?)it \*\*does not", TEXT, re.DOTALL
    ).groups()
    assert re.findall(r"`(\w+)`", protecting) == [effect for effect, of in EFFECTS.items() if of.protects]
    assert re.findall(r"`(\w+)`", telling) == [effect for effect, of in EFFECTS.items() if not of.protects]


def test_every_name_that_a_condition_can_read_is_documented() -> None:
    assert set(schema_of({}).paths()) - set(VARIABLES) - CODE == set()
    assert set(OBJECTS["Claim"]) - CODE == set()
    assert {*STATES, *VERDICTS, *KINDS} - CODE == set()
    assert set(BUILT_IN_CONTEXT.types) - CODE == set()


def test_every_part_of_a_case_is_documented() -> None:
    assert {row[0].strip("`") for row in table("under `given`")} == set(Given.model_fields)


def test_the_shipped_rules_are_documented_with_their_effects() -> None:
    shipped = {rule["name"]: rule["effect"] for rule in shipped_file().data["rules"]}
    documented = {row[0].strip("`"): row[2] for row in table("rule")}
    assert list(documented) == list(shipped)
    for name, effect in shipped.items():
        assert documented[name].startswith(f"`{effect}`")


def test_all_examples_are_valid_together_and_their_cases_hold() -> None:
    assert len(EXAMPLES) == TEXT.count("```yaml")
    policies = policies_from(EXAMPLES)
    assert len(policies.rules.every) > len(EXAMPLES)
    assert [str(result) for result in run_cases(policies) if not result.passed] == []
    assert {suite.path for suite in policies.suites} >= {"policies/rules.yaml", "policies/vip.yaml"}


CONDITIONS = {
    "refund-over-limit": 'tool_call.nmae == "x"',
    "no-gifts": "tool_call.name > 5",
    "night": 'request.channel == "x" and true',
    "often-failed": "context.recent_failures.value > 2",
    "open": 'context.open_case.state == "frsh"',
}


@pytest.mark.parametrize(("name", "condition"), CONDITIONS.items())
def test_the_documented_mistakes_are_told_like_that(name: str, condition: str) -> None:
    effect = "stop_tool_call" if "tool_call" in condition else "route_to_human"
    told = problem(f"rules:\n  - name: {name}\n    reason: b\n    when: {condition}\n    effect: {effect}\n")
    assert f"\n{told}\n" in TEXT


def test_the_documented_mistake_of_a_rule_over_the_answer_is_told_like_that() -> None:
    chat, mail = (
        "{name: chat, match: {channel: chat}}",
        "{name: mail, match: {channel: email}, delivery: whole}",
    )
    routes = f"routes: [{chat}, {mail}]\n"
    rule = (
        "rules:\n\n\n\n\n\n\n  - {name: no-guarantees, when: answer.text == 'x', effect: refuse, reason: b}\n"
    )
    assert f"\n{problem(rule, routes)}\n" in TEXT


def problem(rules: str, routes: str = "") -> str:
    with pytest.raises(PoliciesError) as raised:
        policies_from({"policies/routes.yaml": routes, "policies/rules.yaml": rules})
    return str(raised.value)


def test_the_company_s_shipped_rule_is_the_documented_one() -> None:
    shipped = read_policies(ROOT / "policies").rules.every[-1]
    assert (shipped.name, shipped.then) == ("refund-over-limit", "escalate")
    assert shipped.when in TEXT
