"""Other channels tell what happened to a customer: once each, within bounds, and to their own tenant alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from support.customers import account_answer, after, case, promise

CUSTOMER = "c-4711"
CASE = "CX-2222-2222"
PATH = "/v1/contacts"


def contact(key: str | None = "k", **more: Any) -> dict[str, Any]:
    told = {"customer_id": CUSTOMER, "kind": "called", "channel": "voice", **more}
    return told if key is None else {"key": key, **told}


def timeline(proxy: RunningProxy, customer: str = CUSTOMER, **query: Any) -> dict[str, Any]:
    response = httpx.get(f"{proxy.url}/v1/customers/{customer}/timeline", params=query, timeout=30)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def error_of(response: httpx.Response, status: int = 400) -> dict[str, Any]:
    assert response.status_code == status, response.text
    error: dict[str, Any] = response.json()["error"]
    return error


def test_what_happened_is_on_the_customers_timeline(proxy: RunningProxy) -> None:
    told = contact(
        "tel-1", customer_id="c-1", at="2026-03-01T13:30:00+01:00", actor="ana", ref="JIRA-17",
        text="Asked for the refund.", data={"minutes": 7},
    )  # fmt: skip
    response = proxy.post(PATH, told)
    assert response.json() == {
        "object": "contact", "key": "tel-1", "customer_id": "c-1", "kind": "called",
        "at": "2026-03-01T12:30:00+00:00", "ref": "JIRA-17", "created": True,
    }  # fmt: skip
    assert timeline(proxy, "c-1") == {
        "object": "list", "customer_id": "c-1", "has_more": False, "next": None,
        "data": [
            {
                "at": "2026-03-01T12:30:00Z", "type": "contact", "key": "tel-1", "kind": "called", "channel": "voice",
                "actor": "ana", "ref": "JIRA-17", "text": "Asked for the refund.", "data": {"minutes": 7},
            }
        ],
    }  # fmt: skip


def test_without_a_time_it_happened_now_and_the_channel_told_it(proxy: RunningProxy) -> None:
    proxy.post(PATH, contact(customer_id="c-now"))
    (entry,) = timeline(proxy, "c-now")["data"]
    assert datetime.now(UTC) - datetime.fromisoformat(entry["at"]) < timedelta(minutes=1)
    assert entry["actor"] == "voice"


@pytest.mark.parametrize("header", [True, False])
def test_the_same_report_twice_is_one(proxy: RunningProxy, header: bool) -> None:
    customer = f"c-twice-{header}"
    body = contact(None if header else customer, customer_id=customer)
    headers = {"Idempotency-Key": customer} if header else {}
    answers = [proxy.post(PATH, body, headers=headers).json() for _ in range(3)]
    assert [one["created"] for one in answers] == [True, False, False]
    assert {one["key"] for one in answers} == {customer}
    assert len(timeline(proxy, customer)["data"]) == 1


def test_what_cannot_be_kept_as_it_came_is_told_as_it_is_kept(proxy: RunningProxy) -> None:
    told = [proxy.post(PATH, contact("a\x00", customer_id="c\x00", ref="r\x00")).json() for _ in range(2)]
    assert [one["created"] for one in told] == [True, False]
    assert (told[0]["key"], told[0]["customer_id"], told[0]["ref"]) == ("a�", "c�", "r�")
    assert [one["key"] for one in timeline(proxy, "c%00")["data"]] == ["a�"]
    assert error_of(proxy.post(PATH, contact("a\x00", customer_id="c")), 409)["param"] == "key"


def test_spaces_around_a_customers_id_make_nobody_else_of_them(proxy: RunningProxy) -> None:
    told = proxy.post(PATH, contact("spaced", customer_id=" c-spaced\n", kind="complaint")).json()
    assert told["customer_id"] == "c-spaced"
    with proxy.ledger() as ledger:
        assert ledger.standing("default", "c-spaced", datetime.now(UTC)).open_case


def test_other_content_under_a_key_is_refused(proxy: RunningProxy) -> None:
    proxy.post(PATH, contact("conflict"))
    error = error_of(proxy.post(PATH, contact("conflict", kind="complaint")), 409)
    assert (error["code"], error["param"]) == ("key_conflict", "key")
    assert "give each contact its own key" in error["message"]


def test_a_list_is_kept_whole_or_not_at_all(proxy: RunningProxy) -> None:
    several = [contact(f"several-{n}", customer_id="c-list") for n in range(3)]
    response = proxy.post(PATH, several).json()
    assert response["object"] == "list" and [one["created"] for one in response["data"]] == [True] * 3
    error = error_of(proxy.post(PATH, [contact("list-new", customer_id="c-list"), contact("several-1")]), 409)
    assert error["param"] == "[1].key"
    assert len(timeline(proxy, "c-list")["data"]) == 3


BAD: dict[str, tuple[Any, str | None, str]] = {
    "no object": ("text", None, "as a JSON object, or a list of such"),
    "no object in a list": ([contact(), 3], "[1]", "as a JSON object"),
    "none": ([], None, "Send 1 to 500 contacts in one request, not 0"),
    "too many": ([contact(str(n)) for n in range(501)], None, "Send 1 to 500 contacts in one request, not 501"),
    "no customer": (contact(customer_id=""), "customer_id", "it is empty; send the id that requests name"),
    "a customer of spaces": (contact(customer_id=" \t"), "customer_id", "it is empty; send the id"),
    "no kind": ({"key": "k", "customer_id": "c", "channel": "voice"}, "kind", "Field required"),
    "a misspelt kind": (contact(kind="escallated"), "kind", 'no kind of contact; did you mean "escalated"?'),
    "a kind of our own": (contact(kind="returned_to_automation"), "kind", "no kind of contact"),
    "a misspelt field": (contact(chanel="voice"), "chanel", 'no such field; did you mean "channel"?'),
    "no time": (contact(at="yesterday"), "at", "write it like 2026-03-01T12:00:00Z"),
    "a number for a time": (contact(at=17), "at", "write it like 2026-03-01T12:00:00Z"),
    "no time zone": (contact(at="2026-03-01T12:00:00"), "at", "names no time zone; write it like"),
    "the future": (contact(at="2926-03-01T12:00:00Z"), "at", "in the future; send when it happened"),
    "no key": (contact(None), "key", "send `key`, or the header Idempotency-Key"),
    "no key in a list": ([contact(), contact(None)], "[1].key", "send `key`."),
    "an empty key": (contact(""), "key", "at least 1 character"),
    "a key of ours": (contact("cxai:returned:r"), "key", 'keys that begin with "cxai:" are the proxy\'s own'),
    "a long key": (contact("k" * 201), "key", "at most 200 characters"),
    "a long customer": (contact(customer_id="ü" * 513), "customer_id", "longer than 1024 bytes"),
    "a long text": (contact(text="x" * 20_001), "text", "at most 20000 characters"),
    "much data": (contact(data={"a": "x" * 17_000}), "data", "longer than 16384 bytes of JSON"),
    "data that is none": (contact(data=["a"]), "data", "valid dictionary"),
    "the third of a list": ([contact(), contact(), contact(kind="x")], "[2].kind", "no kind of contact; allowed:"),
    "no promise": (contact("1", kind="promise_kept"), "ref", "promise_kept is about a promise; send its reference"),
    "a case for a promise": ([contact("1", kind="promise_broken", ref=CASE)], "[0].ref", "such as PR-7K3F"),
    "a mistyped promise": (contact("1", kind="promise_kept", ref="PR-7K3F-92QD"), "ref", "such as PR-7K3F-92QD-X4MN"),
    "a mistyped case": (contact("1", kind="resolved", ref="CX-7K3F-92Q0"), "ref", "no 0. Write it as the customer"),
    "half a case": ([contact("1", kind="note", ref="cx 7k3f")], "[0].ref", "should have 8"),
    "no case": (contact("no case", kind="resolved", ref=CASE), "ref", f"no case or promise '{CASE}'"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", BAD)
def test_what_is_wrong_is_told_with_its_place_and_the_way_out(proxy: RunningProxy, wrong: str) -> None:
    body, param, message = BAD[wrong]
    error = error_of(proxy.post(PATH, body))
    assert error["type"] == "invalid_request_error" and error["param"] == param
    assert message in error["message"]
    assert timeline(proxy, "c")["data"] == []


@pytest.mark.parametrize(
    ("body", "key", "param", "message"),
    [
        (contact("other"), "one", "key", "differ; send one of them"),
        ([contact()], "one", "Idempotency-Key", "give each contact a `key` of its own"),
        (contact(None), "cxai:1", "key", "the proxy's own"),
        (contact(None), "k" * 300, "key", "at most 200 characters"),
    ],
)
def test_a_header_names_one_contact(
    proxy: RunningProxy, body: Any, key: str, param: str, message: str
) -> None:
    error = error_of(proxy.post(PATH, body, headers={"Idempotency-Key": key}))
    assert error["param"] == param and message in error["message"]


def test_a_body_that_is_no_json_is_refused(proxy: RunningProxy) -> None:
    for body, message in ((b"{", "not valid JSON"), (b"[" * 1000 + b"]" * 1000, "nested too deeply")):
        error = error_of(httpx.post(proxy.url + PATH, content=body, timeout=30))
        assert error["code"] == "invalid_json" and message in error["message"]


def test_a_contact_closes_the_case_that_it_names(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        ledger.escalate(case(CASE))
        proxy.post(PATH, contact(kind="resolved", ref=CASE.lower(), at=after(2).isoformat()))
        found = ledger.escalation(CASE)
    assert found is not None and found.status == "closed"
    assert [one["type"] for one in timeline(proxy)["data"]] == ["contact", "escalation_event", "escalation"]


def test_a_promise_is_kept_once_a_contact_says_so(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        ledger.submit(account_answer("r", 0), promised=[promise("PR-2222-2222-2222")]).result()
        proxy.post(PATH, contact(kind="refunded", ref="PR-2222-2222-2222", data={"amount": 120}))
        assert [one.state for one in ledger.customers.promises()] == ["kept"]


def test_a_customer_whom_automation_answered_meanwhile_is_noted(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        ledger.record(account_answer("r", 1))
    proxy.post(PATH, contact(kind="complaint", at=after(0).isoformat()))
    kinds = [one.get("kind") for one in timeline(proxy)["data"]]
    assert kinds == [None, "returned_to_automation", "complaint"]


def test_a_long_timeline_is_read_page_by_page(proxy: RunningProxy) -> None:
    several = [contact(f"page-{n}", customer_id="c-long", at=after(n).isoformat()) for n in range(7)]
    proxy.post(PATH, several)
    keys, token = [], None
    while True:
        page = timeline(proxy, "c-long", limit=3, **({"after": token} if token else {}))
        keys += [one["key"] for one in page["data"]]
        token = page["next"]
        assert page["has_more"] == (token is not None)
        if token is None:
            break
    assert keys == [f"page-{n}" for n in reversed(range(7))]


@pytest.mark.parametrize(
    ("query", "param", "message"),
    [
        ({"limit": "0"}, "limit", "from 1 to 200"),
        ({"limit": "201"}, "limit", "from 1 to 200"),
        ({"limit": "all"}, "limit", "from 1 to 200"),
        ({"limit": "0000000005"}, "limit", "from 1 to 200"),
        ({"after": "x"}, "after", "the `next` of the page before"),
        ({"after": "!"}, "after", "the `next` of the page before"),
        ({"after": "WyIyMDI2LTAzLTAxVDEyOjAwOjAwIiwiYSIsImIiXQ"}, "after", "the `next` of the page before"),
        (
            {"after": "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzIzOjAwIiwgImEiLCAiYiJd"},
            "after",
            "the `next` of the page before",
        ),  # before UTC's first year
    ],
)
def test_a_page_that_there_is_not_is_refused(
    proxy: RunningProxy, query: dict[str, str], param: str, message: str
) -> None:
    address = f"{proxy.url}/v1/customers/{CUSTOMER}/timeline"
    error = error_of(httpx.get(address, params=query, timeout=30))
    assert error["param"] == param and message in error["message"]


@pytest.mark.parametrize("customer", ["nobody", "%00", "%F0%9F%98%80", "a%20b"])
def test_of_a_customer_who_is_not_known_nothing_is_told(proxy: RunningProxy, customer: str) -> None:
    assert timeline(proxy, customer)["data"] == []


def test_with_postgresql(postgres_url: str, start_proxy: StartProxy) -> None:
    proxy = start_proxy(database_url=postgres_url)
    assert [proxy.post(PATH, contact()).json()["created"] for _ in range(2)] == [True, False]
    assert len(timeline(proxy)["data"]) == 1 and timeline(proxy, "%00")["data"] == []


def test_a_ledger_that_cannot_be_used_is_no_fault_of_the_reporter(
    start_proxy: StartProxy, tmp_path: Any
) -> None:
    proxy = start_proxy()
    for file in tmp_path.glob("*.db*"):
        file.unlink()
    assert error_of(proxy.post(PATH, contact()), 503)["code"] == "ledger_unavailable"
