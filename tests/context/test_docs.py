"""docs/context.md has every key of a source and a fact, every fact of our ledger, and its examples are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from proxy.attribute_docs import attribute_docs
from proxy.context.sources.json_facts import JsonFacts
from proxy.context.sources.source import Found
from proxy.rules.context_options import (
    LEDGER_FACTS,
    SOURCE_KINDS,
    ContextOptions,
    FactOptions,
    SourceOptions,
)
from proxy.rules.problems import PoliciesError
from proxy.rules.reading import policies_from

TEXT = (Path(__file__).parents[2] / "docs" / "context.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```yaml\n(.+?)```", TEXT, flags=re.DOTALL)
TABLES = [
    dict(re.findall(r"^\| `([a-z_]+)` \| .+? \| (.+?) \|$", table, flags=re.MULTILINE))
    for table in re.findall(r"\| key \| default \| what it says \|\n(.+?)\n\n", TEXT, flags=re.DOTALL)
]


def example() -> ContextOptions:
    return policies_from({"policies/context.yaml": EXAMPLE}).context


def keys(model: type[SourceOptions] | type[FactOptions]) -> dict[str, str | None]:
    described = attribute_docs(model)
    fields = {field.alias or name: described.get(name) for name, field in model.model_fields.items()}
    return {
        name: said
        for name, said in fields.items()
        if model in (SourceOptions, FactOptions) or name not in COMMON
    }


COMMON = set(SourceOptions.model_fields)


def test_every_key_is_documented_in_its_own_words() -> None:
    models = [FactOptions, SourceOptions, *(SOURCE_KINDS[kind] for kind in ("http", "sql", "file"))]
    assert [keys(model) for model in models] == TABLES
    assert not keys(SOURCE_KINDS["headers"]) and not keys(SOURCE_KINDS["ledger"])


def test_every_fact_of_our_ledger_is_documented() -> None:
    table = TEXT.partition("| fact | type | class |")[2].partition("\n\n")[0]
    documented = re.findall(r"^\| `([a-z_]+)` \| (\w+) \| (\w+)", table, flags=re.MULTILINE)
    assert documented == [(fact.name, fact.type, fact.importance) for fact in LEDGER_FACTS]


def test_the_documented_declaration_is_valid_and_says_what_the_text_says() -> None:
    context = example()
    assert [source.name for source in context.sources] == ["ledger", "crm", "tickets", "contracts", "app"]
    assert {source.kind for source in context.sources} == set(SOURCE_KINDS)
    complaint, end, tier = context.facts[-3:]
    assert (complaint.importance, complaint.protective, set(complaint.origins)) == (
        "required",
        True,
        {"crm", "tickets"},
    )
    assert (end.type, end.is_masked, tier.keep_days) == ("time", True, 30)


def test_the_documented_path_tells_no_flag_from_no_list_of_flags() -> None:
    facts = JsonFacts({"complaint": example().facts[-3].origins["crm"]})
    for record, found in (
        ({"flags": [{"kind": "vip", "open": True}, {"kind": "complaint", "open": True}]}, Found(True)),
        ({"flags": [{"kind": "complaint", "open": False}]}, Found(False)),
        ({"flags": []}, Found(False)),
    ):
        assert facts.of(record) == {"complaint": found}
    assert facts.of({})["complaint"].problem


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("url:", "ulr:", 'source "crm": unknown key "ulr"; did you mean "url"?'),
        (
            "    protective_value: true     # where it is not known, act as if there were one\n",
            "",
            'fact "complaint": is required, so it needs a "protective_value": what is taken for true where it is '
            "not known",
        ),
        ("      crm: ", "      cmr: ", 'fact "complaint": unknown source "cmr"; did you mean "crm"?'),
    ],
)
def test_the_documented_mistakes_are_told_like_that(old: str, new: str, said: str) -> None:
    with pytest.raises(PoliciesError) as raised:
        policies_from({"policies/context.yaml": EXAMPLE.replace(old, new, 1)})
    assert said in str(raised.value)
    assert said in TEXT
