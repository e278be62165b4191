"""``/v1/policies/*``: a console reads what is in force and tries what is not, and nothing changes by it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy, running_proxy
from support.house import House, running_house
from support.waiting import until

from proxy.access.keys import new_key
from proxy.ledger.ledger import Ledger

DOCUMENTS = "/v1/policies/documents"
POLICY = """---
title: Refunds
owner: Finance
effective_from: 2026-01-01
---

# Refunds

Refunds are paid within {days} days of the return.
"""
STAFF = """---
title: Goodwill
effective_from: 2026-01-01
audience: staff
---

# Goodwill

An agent may give up to $50 without asking.
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    (folder / "staff").mkdir(parents=True)
    (folder / "refunds.md").write_text(POLICY.format(days=30), encoding="utf-8")
    (folder / "staff" / "goodwill.md").write_text(STAFF, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("house")) as running:
        running.add_key("acme_reader", scopes=["policies:read"], tenant="acme")
        yield running


def get(proxy: RunningProxy, path: str, key: str | None = None, **query: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return httpx.get(proxy.url + path, params=query, headers=headers, timeout=30)


def key_of(proxy: RunningProxy, *scopes: str) -> str:
    """A key made while the proxy runs, once it counts."""
    text, key = new_key("console", scopes=scopes)
    with proxy.ledger() as ledger:
        ledger.api_keys.add(key, by="ops")
    deadline = time.monotonic() + 10
    while get(proxy, "/v1/policies/rules", text).status_code in (401, 429):
        assert time.monotonic() < deadline
        time.sleep(0.2)  # each of these is a failed attempt
    return text


def test_documents_are_listed_with_what_is_in_force_and_why(start_proxy: StartProxy, corpus: Path) -> None:
    (corpus / "broken.md").write_text("---\neffective_from: soon\n---\n# A\n", encoding="utf-8")
    proxy = start_proxy(corpus=corpus)
    told = get(proxy, DOCUMENTS, as_of="2025-06-01").json()
    assert {one["id"]: (one["in_force"], one["why"]) for one in told["data"]} == {
        "refunds": (False, "not yet in force, from 2026-01-01"),
        "staff/goodwill": (False, "not yet in force, from 2026-01-01"),
    }
    (problem,) = told["problems"]
    assert (problem["path"], problem["line"], problem["severity"]) == ("broken.md", 2, "error")
    assert "write a date such as" in problem["message"]
    now = {one["id"]: one for one in get(proxy, DOCUMENTS).json()["data"]}
    assert now["refunds"]["in_force"] and not now["staff/goodwill"]["in_force"]
    assert (now["refunds"]["owner"], len(now["refunds"]["version"])) == ("Finance", 64)
    staff = get(proxy, DOCUMENTS, audience="staff").json()["data"]
    assert all(one["in_force"] for one in staff)


def test_the_text_that_stood_at_an_instant_can_be_read(
    ledger_url: str, start_proxy: StartProxy, corpus: Path
) -> None:
    proxy = start_proxy(corpus=corpus, database_url=ledger_url)
    first = get(proxy, f"{DOCUMENTS}/refunds").json()
    assert "within 30 days" in first["text"] and len(first["versions"]) == 1
    (corpus / "refunds.md").write_text(POLICY.format(days=14), encoding="utf-8")
    until(lambda: len(get(proxy, f"{DOCUMENTS}/refunds").json()["versions"]) >= 2)
    assert "within 14 days" in get(proxy, f"{DOCUMENTS}/refunds").json()["text"]
    then = datetime.fromisoformat(first["versions"][0]["kept_at"]) + timedelta(milliseconds=1)
    stood = get(proxy, f"{DOCUMENTS}/refunds", at=then.isoformat()).json()
    assert (stood["text"], stood["version"], stood["in_force"]) == (first["text"], first["version"], True)
    before = get(proxy, f"{DOCUMENTS}/refunds", at="2020-01-01")
    assert before.status_code == 404
    assert "No version of 'refunds' is kept from then; the first is from" in before.json()["error"]["message"]


def test_what_is_for_staff_needs_its_own_scope(start_proxy: StartProxy, corpus: Path) -> None:
    proxy = start_proxy(corpus=corpus)
    reader = key_of(proxy, "policies:read")
    assert [one["id"] for one in get(proxy, DOCUMENTS, reader).json()["data"]] == ["refunds"]
    hidden = get(proxy, f"{DOCUMENTS}/staff/goodwill", reader)
    assert (hidden.status_code, hidden.json()["error"]["code"]) == (404, "document_not_found")
    assert get(proxy, f"{DOCUMENTS}/staff/goodwill", reader, at="2026-06-01").status_code == 404
    refused = get(proxy, DOCUMENTS, reader, audience="staff")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "insufficient_scope")
    tried = {"answer": "An agent may give up to $50 without asking.", "audience": "staff"}
    bearer = {"authorization": f"Bearer {reader}"}
    assert proxy.post("/v1/policies/try", tried, headers=bearer).status_code == 403
    as_header = {**bearer, "x-cxai-audience": "staff"}
    assert proxy.post("/v1/policies/try", {"answer": tried["answer"]}, headers=as_header).status_code == 403
    manager = key_of(proxy, "policies:read", "policies:staff")
    assert "up to $50" in get(proxy, f"{DOCUMENTS}/staff/goodwill", manager).json()["text"]


def test_a_tenant_sees_its_own_documents_and_no_others(house: House) -> None:
    def ids(which: str) -> list[str]:
        told = httpx.get(house.url + DOCUMENTS, headers=house.bearer(which)).json()
        return [one["id"] for one in told["data"]]

    assert (ids("policies"), ids("acme_reader")) == (["default-refunds"], ["acme-refunds"])
    other = httpx.get(f"{house.url}{DOCUMENTS}/acme-refunds", headers=house.bearer("policies"))
    assert other.status_code == 404
    told = httpx.get(f"{house.url}/v1/policies/rules", headers=house.bearer("acme_reader")).json()
    assert [route["name"] for route in told["routes"]] == ["of-acme", "default"]


def test_versions_of_another_tenants_document_of_the_same_name_are_not_told(
    start_proxy: StartProxy, corpus: Path, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "refunds.md").write_text(POLICY.format(days=7), encoding="utf-8")
    proxy = start_proxy(corpus=corpus, tenants={"acme": {"corpus": theirs}})
    told = get(proxy, f"{DOCUMENTS}/refunds").json()
    assert [one["version"] for one in told["versions"]] == [told["version"]]


def test_no_other_key_opens_these_doors(house: House) -> None:
    for path in (DOCUMENTS, f"{DOCUMENTS}/default-refunds", "/v1/policies/rules"):
        refused = httpx.get(house.url + path, headers=house.bearer("usual"))
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "insufficient_scope")


def test_routes_and_rules_are_told_and_no_secret(start_proxy: StartProxy, corpus: Path) -> None:
    rules = (
        "routes:\n  - name: all\nrules:\n"
        "  - {name: late, when: tool_call.name == 'x', effect: stop_tool_call, reason: r}\n"
    )
    proxy = start_proxy(corpus=corpus, policies=rules, upstream_api_key="sk-very-secret")
    told = get(proxy, "/v1/policies/rules")
    assert [route["name"] for route in told.json()["routes"]] == ["all", "default"]
    assert ("late", "stop_tool_call") in [(rule["name"], rule["effect"]) for rule in told.json()["rules"]]
    assert told.json()["version"].startswith("p-") and "sk-very-secret" not in told.text
    (proxy.policies / "routes.yaml").write_text("routes:\n  - name: all\n    mdoe: off\n", encoding="utf-8")
    problems = until(lambda: get(proxy, "/v1/policies/rules").json()["problems"])
    assert problems[0]["line"] == 3 and 'did you mean "mode"?' in problems[0]["message"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    with running_proxy(tmp_path_factory.mktemp("proxy")) as proxy:
        yield proxy


def tried(proxy: RunningProxy, **body: Any) -> dict[str, Any]:
    response = proxy.post("/v1/policies/try", body)
    assert response.status_code == 200, response.text
    told: dict[str, Any] = response.json()
    return told


def test_an_answer_is_tried_as_of_a_date_and_in_a_market(shared: RunningProxy) -> None:
    answer = "A change of more than 30 days ahead is announced by us."
    late = tried(shared, answer="The standard cabin bag may weigh up to 8 kg.", as_of="2026-06-01")
    early = tried(shared, answer=answer, as_of="1990-01-01")
    assert late["as_of"].startswith("2026-06-01") and late["verified"]
    assert (early["verified"], early["unverified_reason"]) == (False, "no_corpus")
    ireland = tried(shared, answer="The daily fee is €7.", question="Roaming in the USA?", jurisdiction="IE")
    assert ireland["claims"][0]["evidence"][0]["document"] == "telecom/roaming-ireland"


def test_an_answer_is_tried_by_a_text_that_is_not_live_and_never_stored(
    start_proxy: StartProxy, corpus: Path
) -> None:
    proxy = start_proxy(corpus=corpus)
    answer = "Refunds are paid within 14 days of the return."
    body = {"answer": answer, "document": {"id": "refunds", "text": POLICY.format(days=14)}}
    assert tried(proxy, answer=answer)["claims"][0]["verdict"] == "contradicted"
    told = tried(proxy, **body)
    assert told["claims"][0]["verdict"] == "supported" and told["decision"] == "deliver"
    assert (told["document"]["id"], told["document"]["problems"]) == ("refunds", [])
    assert tried(proxy, answer=answer)["claims"][0]["verdict"] == "contradicted"
    named = {"id": "Fees (new), 2027", "text": POLICY.format(days=14)}
    assert tried(proxy, answer=answer, document=named)["document"]["id"] == "Fees (new), 2027"
    new = {"id": "pets", "text": "Dogs under 8 kg travel in the cabin for $60."}
    added = tried(proxy, answer="Dogs under 8 kg travel in the cabin for $60.", document=new)
    assert added["claims"][0]["evidence"][0]["document"] == "pets"
    assert "no front matter" in added["document"]["problems"][0]["message"]
    with Ledger.open(proxy.database_url) as ledger:
        assert ledger.answers(since=datetime(2000, 1, 1, tzinfo=UTC)) == []
        assert len(ledger.document_versions("refunds")) == 1 and ledger.document_versions("pets") == []
    assert sorted(path.name for path in corpus.rglob("*.md")) == ["goodwill.md", "refunds.md"]


@pytest.mark.parametrize(
    ("body", "param", "code", "says"),
    [
        ({}, "answer", "invalid_value", "Field required"),
        (
            {"answer": "A.", "document": {"id": "../x", "text": "A."}},
            "document.id",
            "invalid_value",
            "pattern",
        ),
        (
            {"answer": "A.", "document": {"id": "x", "text": "---\nrisk: huge\n---\nA."}},
            "document.text",
            "invalid_document",
            'x.md:2: "risk" is "huge"; write one of low, medium, high',
        ),
        ({"answer": "A.", "as_of": "soon"}, "x-cxai-as-of", "invalid_header", "is not an RFC 3339 date"),
    ],
)
def test_what_is_wrong_with_a_try_is_said(
    shared: RunningProxy, body: dict[str, Any], param: str, code: str, says: str
) -> None:
    response = shared.post("/v1/policies/try", body)
    error = response.json()["error"]
    assert (response.status_code, error["param"], error["code"]) == (400, param, code)
    assert says in error["message"]


def test_what_is_wrong_with_a_query_is_said(shared: RunningProxy) -> None:
    unknown = get(shared, DOCUMENTS, asof="2026-01-01")
    assert unknown.status_code == 400
    assert unknown.json()["error"]["message"] == "There is no query parameter 'asof'; did you mean \"as_of\"?"
    unread = get(shared, f"{DOCUMENTS}/airline/pets", at="soon").json()["error"]
    assert unread["param"] == "at" and "at: 'soon' is not an RFC 3339 date or time" in unread["message"]
    missing = get(shared, f"{DOCUMENTS}/airline/cats").json()["error"]
    assert missing["message"].endswith("/v1/policies/documents lists them.")
