"""Each tenant has its own documents, policies, provider and records, and no way to another's."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from support import responses as provided
from support.house import PROVIDER_KEY, House

from proxy.ledger.ledger import Ledger

DAYS = {"usual": 14, "acme": 7, "globex": 30}
PROVIDER_OF = {"usual": "default", "acme": "acme", "globex": "globex"}
OF_DESK = ("escalations of acme", "escalations")
PROMISE = "I have refunded $450 to your credit card."


def sentence(which: str) -> str:
    return f"Refunds are paid within {DAYS[which]} days of the return."


@pytest.mark.parametrize("which", DAYS)
@pytest.mark.parametrize("said", DAYS)
def test_an_answer_is_held_against_the_tenants_own_documents(house: House, which: str, said: str) -> None:
    house.providers[PROVIDER_OF[which]].answers(sentence(said))
    answer = house.chat(house.bearer(which), "When is my refund paid?").json()
    text = answer["choices"][0]["message"]["content"]
    others = [f"within {days} days" for key, days in DAYS.items() if key != which]
    assert not any(other in text for other in others)
    assert answer["cxai"]["decision"] == ("deliver" if said == which else "rewrite")
    documents = {one["document"] for claim in answer["cxai"]["claims"] for one in claim["evidence"]}
    assert documents <= {f"{PROVIDER_OF[which]}-refunds"}


@pytest.mark.parametrize("which", DAYS)
def test_a_check_is_too(house: House, which: str) -> None:
    for said in DAYS:
        body = {"answer": sentence(said), "model": PROVIDER_OF[which]}
        headers = house.bearer(which, **{"x-cxai-tenant": said, "x-cxai-audience": "staff"})
        verdict = httpx.post(f"{house.url}/v1/guard/check", json=body, headers=headers, timeout=30).json()
        assert (verdict["claims"][0]["verdict"] == "supported") == (said == which)


def test_each_asks_its_own_provider_with_its_own_key(house: House) -> None:
    asked = {name: len(provider.requests) for name, provider in house.providers.items()}
    for which in DAYS:
        assert house.chat(house.bearer(which), stream=True).status_code == 200
        assert httpx.get(f"{house.url}/v1/models", headers=house.bearer(which)).status_code == 200
    assert {name: len(provider.requests) - asked[name] for name, provider in house.providers.items()} == {
        "default": 2, "acme": 2, "globex": 2,
    }  # fmt: skip
    keys = [house.providers[name].headers[-1].get("authorization") for name in ("default", "acme", "globex")]
    answered_by = {which: house.chat(house.bearer(which)).headers["x-cxai-upstream"] for which in DAYS}
    assert answered_by == {"usual": "default", "acme": "acme/default", "globex": "globex/default"}
    # globex has an upstream and no key of its own: another provider's key is not sent there.
    assert keys == [f"Bearer {PROVIDER_KEY}", "Bearer sk-of-acme", None]


def test_a_key_of_a_tenant_that_is_gone_opens_nothing(house: House) -> None:
    refused = house.chat(house.bearer("gone"))
    assert refused.status_code == 403 and "tenant" in refused.json()["error"]["message"]


def client(house: House, which: str) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{house.url}/v1", api_key=house.keys[which], max_retries=0,
        default_headers={"x-cxai-customer-id": "me", "x-cxai-conversation-id": "c"},
    )  # fmt: skip


def test_a_kept_answer_is_its_tenants_alone(house: House) -> None:
    """The same customer and conversation, as whoever knows both would write them."""
    for provider in house.providers.values():
        provider.replies = [provided.whole(provided.message("Hello!"))]
    made = client(house, "acme").responses.create(model="m", input="My code is 4711.")
    asked = len(house.providers["globex"].requests)
    for which in ("usual", "globex"):
        other = client(house, which)
        for reach in (other.responses.retrieve, other.responses.delete):
            with pytest.raises(openai.NotFoundError):
                reach(made.id)
        with pytest.raises(openai.BadRequestError) as refused:
            other.responses.create(model="m", input="What is my code?", previous_response_id=made.id)
        assert refused.value.code == "previous_response_not_found"
    assert len(house.providers["globex"].requests) == asked
    going_on = client(house, "acme").responses.create(model="m", input="And?", previous_response_id=made.id)
    assert "4711" in json.dumps(house.providers["acme"].requests[-1]) and going_on.id != made.id
    assert client(house, "acme").responses.retrieve(made.id).id == made.id
    for provider in house.providers.values():
        provider.answers("Hello!")


def test_the_same_turn_at_two_tenants_is_two_cases(house: House) -> None:
    turn = {"x-cxai-customer-id": "me", "x-cxai-conversation-id": "same"}
    refs: dict[str, set[str]] = {}
    for which in DAYS:
        house.providers[PROVIDER_OF[which]].answers(PROMISE)
        answers = [house.chat(house.bearer(which, **turn), "Where is it?").json() for _ in range(2)]
        refs[which] = {answer["cxai"]["escalation"]["ref"] for answer in answers}
        house.providers[PROVIDER_OF[which]].answers("Hello!")
    assert all(len(of_one) == 1 for of_one in refs.values())
    assert len(set.union(*refs.values())) == len(DAYS)
    with Ledger.open(house.database_url) as ledger:
        for which, name in PROVIDER_OF.items():
            found = {case.ref for case in ledger.escalations(tenant=name)}
            assert refs[which] <= found and not found & set.union(*(refs[k] for k in DAYS if k != which))


def test_contacts_and_timelines_are_their_tenants_alone(house: House) -> None:
    """The same customer, key and reference, as whoever knows them would send them."""

    def post(which: str, **told: str) -> httpx.Response:
        contact = {"key": "tel-1", "customer_id": "me", "kind": "resolved", "channel": "voice", **told}
        return httpx.post(f"{house.url}/v1/contacts", json=contact, headers=house.bearer(which), timeout=30)

    def timeline(which: str, **query: str) -> list[str]:
        address = f"{house.url}/v1/customers/me/timeline"
        headers = house.bearer(which, **{"x-cxai-tenant": "acme"})
        found = httpx.get(address, params={"tenant": "acme", **query}, headers=headers, timeout=30)
        return [one["text"] for one in found.json()["data"] if one["type"] == "contact"]

    house.providers["acme"].answers(PROMISE)
    turn = {"x-cxai-customer-id": "me", "x-cxai-conversation-id": "contacts"}
    ref = house.chat(house.bearer("acme", **turn), "Where is it?").json()["cxai"]["escalation"]["ref"]
    house.providers["acme"].answers("Hello!")
    missed = post("contacts", ref=ref, text="ours")
    assert (missed.status_code, missed.json()["error"]["code"]) == (400, "unknown_reference")
    unknown = post("contacts", ref="CX-2222-2222", text="ours")
    assert unknown.json()["error"]["message"] == missed.json()["error"]["message"].replace(
        ref, "CX-2222-2222"
    )
    assert post("contacts", text="ours").json()["created"]
    assert post("contacts of acme", text="theirs", ref=ref).json()["created"]
    assert timeline("contacts") == ["ours"] and timeline("contacts of acme") == ["theirs"]
    with Ledger.open(house.database_url) as ledger:
        found = ledger.escalation(ref)
        assert found is not None and found.status == "closed"


def test_cases_are_their_tenants_alone(house: House) -> None:
    """Another tenant's case looks like one that there is not, at every door and to every step."""
    house.providers["acme"].answers(PROMISE)
    turn = {"x-cxai-customer-id": "me", "x-cxai-conversation-id": "desk"}
    ref = house.chat(house.bearer("acme", **turn), "Where is it?").json()["cxai"]["escalation"]["ref"]
    house.providers["acme"].answers("Hello!")
    own, other = (house.bearer(which, **{"x-cxai-actor": "ana"}) for which in OF_DESK)

    def listed(headers: dict[str, str]) -> list[str]:
        found = httpx.get(f"{house.url}/v1/escalations", params={"limit": 200}, headers=headers, timeout=30)
        return [one["ref"] for one in found.json()["data"]]

    assert ref in listed(own) and ref not in listed(other)

    def asked(headers: dict[str, str], ref: str) -> dict[str, str]:
        address = f"{house.url}/v1/escalations/{ref}"
        told = {"": httpx.get(address, headers=headers, timeout=30)}
        bodies = {"claim": {}, "release": {}, "cancel": {"note": "x"}, "reopen": {}, "reassign": {"to": "b"}}
        for step, body in {**bodies, "check": {"text": "Yes."}, "answer": {"text": "Yes."}}.items():
            told[step] = httpx.post(f"{address}/{step}", json=body, headers=headers, timeout=30)
        assert {one.status_code for one in told.values()} == {404}
        return {step: one.text.replace(ref, "REF") for step, one in told.items()}

    assert asked(other, ref) == asked(other, "CX-9999-9999")
    assert httpx.get(f"{house.url}/v1/escalations/{ref}", headers=own, timeout=30).json()["status"] == "open"
    for which, status in (("acme", 200), ("usual", 404)):
        headers = house.bearer(which, **{"x-cxai-customer-id": "me"})
        told = httpx.get(f"{house.url}/v1/escalations/{ref}/status", headers=headers, timeout=30)
        assert told.status_code == status


def test_records_say_whose_they_are(house: House) -> None:
    answers = {which: house.chat(house.bearer(which)).headers["x-cxai-response-id"] for which in DAYS}
    with Ledger.open(house.database_url) as ledger:
        for which, name in PROVIDER_OF.items():
            record = ledger.answer(answers[which])
            assert record is not None and (record.tenant, record.route) == (name, f"of-{name}")
            listed = {one.response_id for one in ledger.answers(tenant=name)}
            assert answers[which] in listed and not listed & {answers[k] for k in DAYS if k != which}
    page = httpx.get(f"{house.url}/metrics", headers=house.bearer("metrics")).text
    assert all(f'tenant="{name}"' in page for name in PROVIDER_OF.values())


def until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_a_changed_file_is_live_for_its_tenant_alone(house: House) -> None:
    acme = house.settings.of_tenant("acme")
    document, routes = acme.corpus / "acme-refunds.md", Path(str(acme.policies)) / "routes.yaml"
    before = document.read_text(encoding="utf-8")

    def verdict(which: str, days: int) -> Any:
        body = {"answer": f"Refunds are paid within {days} days of the return."}
        answered = httpx.post(
            f"{house.url}/v1/guard/check", json=body, headers=house.bearer(which), timeout=30
        )
        return answered.json()["claims"][0]["verdict"]

    try:
        document.write_text(before.replace("7 days", "21 days"), encoding="utf-8")
        assert until(lambda: verdict("acme", 21) == "supported")
        assert verdict("globex", 21) != "supported" and verdict("globex", 30) == "supported"
        routes.write_text("routes:\n  - name: another\n    mode: observe\n", encoding="utf-8")
        observing = {"x-cxai-unverified-reason": "observe"}.items()
        assert until(lambda: observing <= house.chat(house.bearer("acme")).headers.items())
        assert not observing <= house.chat(house.bearer("globex")).headers.items()
    finally:
        document.write_text(before, encoding="utf-8")
        routes.write_text("routes:\n  - name: of-acme\n", encoding="utf-8")
        assert until(lambda: verdict("acme", 7) == "supported")
        assert until(lambda: "cxai" in house.chat(house.bearer("acme")).json())


def test_a_tenant_without_documents_is_unverified_and_the_others_are_served(house: House) -> None:
    (document,) = house.settings.of_tenant("acme").corpus.iterdir()
    content = document.read_bytes()

    def reason(which: str) -> Any:
        body = {"answer": sentence(which)}
        answered = httpx.post(
            f"{house.url}/v1/guard/check", json=body, headers=house.bearer(which), timeout=30
        )
        return answered.json()["unverified_reason"]

    try:
        document.unlink()
        assert until(lambda: reason("acme") == "no_corpus")
        assert httpx.get(f"{house.url}/readyz").status_code == 200 and reason("globex") is None
    finally:
        document.write_bytes(content)
        assert until(lambda: reason("acme") is None)


def test_tenants_at_once_do_not_mix(house: House) -> None:
    for which, name in PROVIDER_OF.items():
        house.providers[name].answers(sentence(which))
    wrong: list[str] = []

    def ask(which: str) -> None:
        for _ in range(8):
            answer = house.chat(house.bearer(which), "When is my refund paid?").json()
            if answer["cxai"]["decision"] != "deliver" or str(DAYS[which]) not in json.dumps(
                answer["choices"]
            ):
                wrong.append(which)

    threads = [threading.Thread(target=ask, args=(which,)) for which in DAYS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
