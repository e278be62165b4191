"""``policies/context.yaml``: what it declares, and that every mistake is named by file, line, and source or fact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from textwrap import dedent

import pytest

from proxy.rules.context_options import ContextOptions, FileOptions, HttpOptions, SqlOptions
from proxy.rules.policies import Policies
from proxy.rules.problems import PoliciesError
from proxy.rules.reading import policies_from, read_policies

SOURCES = """\
sources:
  - name: crm
    kind: http
    url: https://crm.example.com/customers/{customer_id}
  - name: tickets
    kind: sql
    database: {env: TICKETS_DATABASE}
    query: SELECT * FROM tickets WHERE customer = :customer_id
"""
FACT = """\
facts:
  - name: complaint
    type: bool
    class: required
    protective_value: true
    max_age: 10m
    from:
      crm: {value: flags.complaint, true_at: flags.changed_at}
      tickets: open
"""
OURS = (
    "open_case",
    "open_case_ref",
    "open_case_since",
    "open_case_holder",
    "recent_failures",
    "promises_due",
    "answered_case_ref",
)


def policies(text: str, **more: str) -> Policies:
    files = {f"policies/{name}.yaml": dedent(file) for name, file in more.items()}
    return policies_from({"policies/context.yaml": dedent(text)} | files)


def problems(text: str, **more: str) -> list[str]:
    with pytest.raises(PoliciesError) as raised:
        policies(text, **more)
    return [str(problem) for problem in raised.value.problems]


def own_facts(context: ContextOptions) -> list[str]:
    return [name for name in context.types if name not in OURS]


def test_without_a_file_our_own_ledger_is_asked_and_nothing_else():
    context = read_policies(None).context
    assert tuple(context.types) == OURS
    assert [source.name for source in context.sources] == ["ledger"]
    open_case = context.facts[0]
    assert (open_case.importance, open_case.protective, open_case.type) == ("required", True, "bool")
    assert context.budget == timedelta(milliseconds=150)


def test_sources_and_facts_are_as_they_are_written():
    context = policies(f"budget: 1s\n{SOURCES}{FACT}").context
    ledger, crm, tickets = context.sources
    assert (ledger.name, context.budget) == ("ledger", timedelta(seconds=1))
    assert isinstance(crm, HttpOptions) and crm.url.endswith("/{customer_id}")
    assert isinstance(tickets, SqlOptions) and tickets.cache == timedelta(0)
    complaint = context.facts[-1]
    assert (complaint.max_age, complaint.protective, complaint.is_masked) == (
        timedelta(minutes=10),
        True,
        False,
    )
    assert complaint.origins["crm"].true_at == "flags.changed_at"
    assert complaint.origins["tickets"].value == "open"
    assert context.types["complaint"] == "bool"


def test_a_fact_is_masked_unless_it_is_a_flag_or_says_otherwise():
    context = policies(
        SOURCES
        + """\
facts:
  - {name: tier, type: text, max_age: 1d, from: {crm: tier}}
  - {name: balance, type: number, max_age: 1d, from: {crm: balance}}
  - {name: market, type: text, max_age: 1d, masked: false, from: {crm: market}}
  - {name: vip, type: bool, max_age: 1d, from: {crm: vip}}
"""
    ).context
    masked = {fact.name: fact.is_masked for fact in context.facts if fact.name not in OURS}
    assert masked == {"tier": True, "balance": True, "market": False, "vip": False}


def test_a_source_named_alone_says_what_is_called_like_the_fact():
    context = policies(SOURCES + "facts: [{name: tier, type: text, max_age: 1d, from: {crm: }}]").context
    assert context.facts[-1].origins["crm"].value is None


def test_a_protective_value_is_one_of_the_facts_type():
    context = policies(
        SOURCES
        + """\
facts:
  - {name: since, type: time, max_age: 1d, protective_value: 2026-03-01, from: {crm: since}}
  - {name: debt, type: number, max_age: 1d, protective_value: 0, from: {crm: debt}}
"""
    ).context
    since, debt = context.facts[-2:]
    assert since.protective == datetime(2026, 3, 1, tzinfo=UTC)
    assert debt.protective == 0.0


def test_our_own_cases_may_be_held_against_another_systems():
    context = policies(
        SOURCES
        + """\
facts:
  - {name: open_case, type: bool, class: required, protective_value: true, max_age: 5m, from: {ledger: , crm: open}}
"""
    ).context
    assert [fact.name for fact in context.facts].count("open_case") == 1
    assert set(next(fact for fact in context.facts if fact.name == "open_case").origins) == {"ledger", "crm"}


def test_the_file_is_read_with_the_others_and_has_no_routes_or_rules(tmp_path):
    (tmp_path / "context.yml").write_text(SOURCES + FACT)
    (tmp_path / "routes.yaml").write_text("routes: [{name: a, mode: observe}]")
    found = read_policies(tmp_path)
    assert found.routes[0].name == "a"
    assert own_facts(found.context) == ["complaint"]


def test_the_version_names_what_is_declared():
    one, same = policies(SOURCES + FACT), policies("# a comment\n" + SOURCES + FACT)
    other = policies(SOURCES + FACT.replace("10m", "11m"))
    assert one.version == same.version != other.version
    assert policies("").version == read_policies(None).version


def test_a_file_source_is_csv_or_json():
    context = policies("sources: [{name: vip, kind: file, path: vip.JSON, key: id}]").context
    (_, vip) = context.sources
    assert isinstance(vip, FileOptions) and vip.is_json


def fact(**changed: str) -> str:
    """A file with one fact, of which these keys are changed (``""``: left out)."""
    written = {"name": "a", "type": "bool", "max_age": "1d", "from": "{crm: a}"} | changed
    return f"{SOURCES}facts:\n{entry(written)}"


def source(**changed: str) -> str:
    written = {"name": "x", "kind": "http", "url": '"https://x.test/{customer_id}"'} | changed
    return f"sources:\n{entry(written)}"


def entry(written: dict[str, str]) -> str:
    return "  - {" + ", ".join(f"{key}: {value}" for key, value in written.items() if value) + "}\n"


AT = "policies/context.yaml"
MISTAKES = {
    "a misspelt top key": ("source: []\n", f'{AT}:1: unknown key "source"; did you mean "sources"?'),
    "a list for a file": ("- name: crm\n", f'{AT}:1: must be a mapping with "budget", "sources" or "facts"'),
    "routes": (
        "routes: []\n",
        f'{AT}:1: unknown key "routes"; did you mean "sources"?',
    ),
    "broken YAML": (
        "sources:\n  - name: [a\n",
        f"{AT}:3: not valid YAML: expected ',' or ']', but got '<stream end>'",
    ),
    "no length of time": (
        "budget: quick\n",
        f'{AT}:1: "budget" must be a length of time such as 150ms, 30s, 10m, 24h or 7d',
    ),
    "a number without a unit": (
        "budget: 150\n",
        f'{AT}:1: "budget" must be a length of time such as 150ms, 30s, 10m, 24h or 7d',
    ),
    "too long a budget": ("budget: 1m\n", f'{AT}:1: "budget" must be more than 0s and at most 10s'),
    "no time at all": ("budget: 0s\n", f'{AT}:1: "budget" must be more than 0s and at most 10s'),
    "a source without a kind": (source(kind="", url=""), f'{AT}:2: source "x": key "kind" is missing'),
    "a misspelt kind": (
        source(kind="htpp"),
        f'{AT}:2: source "x": "kind" cannot be "htpp"; did you mean "http"?',
    ),
    "a misspelt key of a source": (
        SOURCES.replace("url:", "ulr:").replace("    ulr", "    url: https://a.test/{customer_id}\n    ulr"),
        f'{AT}:5: source "crm": unknown key "ulr"; did you mean "url"?',
    ),
    "a source without an address": (source(url=""), f'{AT}:2: source "x": key "url" is missing'),
    "a source that is no mapping": ("sources: [crm]\n", f'{AT}:1: source 1: must be a mapping, not "crm"'),
    "sources that are no list": (
        "sources: {crm: {}}\n",
        f'{AT}:1: "sources" must be a list: each source starts with "- name: ..."',
    ),
    "a source's name twice": (
        SOURCES + SOURCES.removeprefix("sources:\n").replace("tickets", "t"),
        f'{AT}:9: source "crm": the name is already taken in {AT}:2',
    ),
    "our ledger's name for another": (
        source(name="ledger"),
        f'{AT}:2: source "ledger": the name "ledger" is our own ledger\'s, which is always there; '
        "choose another name",
    ),
    "an address without the customer": (
        source(url="https://crm.test/customers"),
        f'{AT}:2: source "x": "url" must have {{customer_id}} in its path or query, where the customer\'s id goes',
    ),
    "the customer as a host": (
        source(url='"https://{customer_id}.test/{customer_id}"'),
        f'{AT}:2: source "x": "url" must have {{customer_id}} in its path or query, where the customer\'s id goes',
    ),
    "no web address": (
        source(url="crm.test"),
        f'{AT}:2: source "x": "url" must be an address such as https://crm.example.com/customers/{{customer_id}}',
    ),
    "a password in an address": (
        source(url='"https://me:secret@crm.test/{customer_id}"'),
        f'{AT}:2: source "x": "url" must not hold a user or a password; write "api_key: {{env: NAME}}"',
    ),
    "a key itself": (
        source(api_key="sk-123"),
        f'{AT}:2: source "x": "api_key" must be a mapping, not "sk-123"',
    ),
    "a query for everybody": (
        source(kind="sql", url="", database='"sqlite:///a.db"', query="SELECT 1"),
        f'{AT}:2: source "x": "query" must have :customer_id where the customer\'s id goes',
    ),
    "a database's password": (
        source(kind="sql", url="", database='"postgresql://u:secret@host/n"', query='"SELECT :customer_id"'),
        f'{AT}:2: source "x": "database" must not hold a password; write "database: {{env: NAME}}"',
    ),
    "a database's port that is none": (
        source(kind="sql", url="", database='"postgresql://u@host:port/n"', query='"SELECT :customer_id"'),
        f'{AT}:2: source "x": "database" must be a database\'s address such as postgresql://user@host/name, '
        "or {env: NAME}",
    ),
    "no database": (
        source(kind="sql", url="", database="tickets", query='"SELECT :customer_id"'),
        f'{AT}:2: source "x": "database" must be a database\'s address such as postgresql://user@host/name, '
        "or {env: NAME}",
    ),
    "a file of another kind": (
        source(kind="file", url="", path="vip.xlsx", key="id"),
        f'{AT}:2: source "x": "path" must end in .csv or .json',
    ),
    "a misspelt key of a fact": (
        fact(max_age="", maxage="1d"),
        [
            f'{AT}:10: fact "a": key "max_age" is missing',
            f'{AT}:10: fact "a": unknown key "maxage"; did you mean "max_age"?',
        ],
    ),
    "a class under its name in the code": (
        fact(clas="wanted"),
        f'{AT}:10: fact "a": unknown key "clas"; did you mean "class"?',
    ),
    "a misspelt class": (
        fact(**{"class": "requird"}),
        f'{AT}:10: fact "a": "class" cannot be "requird"; did you mean "required"?',
    ),
    "a misspelt type": (
        fact(type="boolean"),
        f'{AT}:10: fact "a": "type" cannot be "boolean"; did you mean "bool"?',
    ),
    "a name that rules cannot write": (
        fact(name="open-case"),
        f'{AT}:10: fact "open-case": "name" is "open-case": it should match pattern \'^[a-z][a-z0-9_]{{0,63}}$\'',
    ),
    "a name that rules need": (
        fact(name="completeness"),
        f'{AT}:10: fact "completeness": rules need the name for something else; choose another',
    ),
    "a word of CEL": (
        fact(name="in"),
        f'{AT}:10: fact "in": rules need the name for something else; choose another',
    ),
    "a required fact without protection": (
        fact(**{"class": "required"}),
        f'{AT}:10: fact "a": is required, so it needs a "protective_value": what is taken for true where it is '
        "not known",
    ),
    "a protective value of another type": (
        fact(protective_value="maybe"),
        f'{AT}:10: fact "a": "protective_value" is neither true nor false, but the fact is of the type bool',
    ),
    "an absence of another type": (
        fact(**{"from": "{crm: {value: a, absent: maybe}}"}),
        f'{AT}:10: fact "a": "absent" is neither true nor false, but the fact is of the type bool',
    ),
    "no age at all": (fact(max_age="0s"), f'{AT}:10: fact "a": "max_age" must be more than 0s'),
    "a promise that nobody makes": (
        fact(type="time", keeps_promise="refunds"),
        f'{AT}:10: fact "a": "keeps_promise" must be what is promised: waiver, price, refund, credit, payment, '
        "call, visit, repair, activation, cancellation, reply, change, delivery",
    ),
    "a promise without a time": (
        fact(keeps_promise="refund"),
        f'{AT}:10: fact "a": "keeps_promise" needs the time when it happened, but the fact is of the type bool',
    ),
    "a fact from nowhere": (fact(**{"from": ""}), f'{AT}:10: fact "a": key "from" is missing'),
    "an unknown source": (
        fact(**{"from": "{cmr: a}"}),
        f'{AT}:10: fact "a": unknown source "cmr"; did you mean "crm"?',
    ),
    "a misspelt key of an origin": (
        fact(**{"from": "{crm: {valeu: a}}"}),
        f'{AT}:10: fact "a": unknown key "from.crm.valeu"; did you mean "value"?',
    ),
    "no JMESPath": (
        fact(**{"from": '{crm: "flags[["}'}),
        f'{AT}:10: fact "a": "flags[[" is no JMESPath: "[" cannot stand there; write names with points between '
        "them, such as complaint.open: flags[^[",
    ),
    "what our ledger does not say": (
        fact(**{"from": "{ledger: open_csae}"}),
        f'{AT}:10: fact "a": "open_csae" is nothing that our ledger says; did you mean "open_case"?',
    ),
    "a fact's name twice": (
        fact() + "  - {name: a, type: bool, max_age: 1d, from: {crm: a}}\n",
        f'{AT}:11: fact "a": the name is already taken in {AT}:10',
    ),
    "our own cases left out": (
        fact(name="open_case"),
        f'{AT}:10: fact "open_case": is built in: it is of the type bool, and "ledger" must stay in its "from"',
    ),
}


@pytest.mark.parametrize(("text", "messages"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named_with_its_place_and_the_way_out(text: str, messages: str | list[str]):
    assert problems(text) == ([messages] if isinstance(messages, str) else messages)


def test_a_source_with_a_mistake_is_not_unknown_to_its_facts_as_well():
    assert problems(SOURCES.replace("kind: http", "kind: htpp") + FACT) == [
        f'{AT}:3: source "crm": "kind" cannot be "htpp"; did you mean "http"?'
    ]


def test_the_context_is_declared_once():
    with pytest.raises(PoliciesError) as raised:
        policies_from({"policies/context.yaml": SOURCES, "policies/context.yml": FACT})
    assert [str(problem) for problem in raised.value.problems] == [
        "policies/context.yml: the context is already declared in policies/context.yaml; keep one of them"
    ]


def test_mistakes_of_the_context_and_of_routes_are_reported_at_once():
    assert problems("budget: 1", routes="routes: [{nam: a}]") == [
        f'{AT}:1: "budget" must be a length of time such as 150ms, 30s, 10m, 24h or 7d',
        'policies/routes.yaml:1: route 1: key "name" is missing',
        'policies/routes.yaml:1: route 1: unknown key "nam"; did you mean "name"?',
    ]
