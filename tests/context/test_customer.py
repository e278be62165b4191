"""Who is asking comes in headers; the body's own fields stand in for the customer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.context.customer import ContextError, customer_from
from proxy.corpus.documents import Scope

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_the_headers_say_who_asks() -> None:
    headers = {
        "x-cxai-customer-id": "7",
        "x-cxai-conversation-id": "c",
        "x-cxai-channel": "voice",
        "x-cxai-audience": "staff",
    }
    customer = customer_from({**headers, "x-cxai-jurisdiction": "CA"}, {"user": "other"})
    assert (customer.id, customer.conversation_id, customer.channel) == ("7", "c", "voice")
    assert customer.scope(NOW) == Scope(NOW, "CA", "staff")


def test_the_safety_identifier_stands_in_before_the_user() -> None:
    assert customer_from({}, {"safety_identifier": "s", "user": "u"}).id == "s"
    assert customer_from({}, {"user": "u"}).id == "u"
    assert customer_from({}, {"user": 5}).id is None


def test_without_headers_policy_is_asked_for_now_and_for_customers() -> None:
    assert customer_from({}, {}).scope(NOW) == Scope(NOW, None, "customer")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T12:00:00+02:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
    ],
)
def test_the_policy_date(written: str, meant: datetime) -> None:
    assert customer_from({"x-cxai-as-of": written}, {}).as_of == meant


@pytest.mark.parametrize("written", ["last week", "2026-13-01", "0001-01-01T00:00:00+14:00"])
def test_a_policy_date_that_is_none_is_an_error(written: str) -> None:
    with pytest.raises(ContextError, match="RFC 3339"):
        customer_from({"x-cxai-as-of": written}, {})


def test_an_id_of_the_body_is_the_one_that_records_keep() -> None:
    assert customer_from({}, {"user": "a\ud800\x00b"}).id == "a\ufffd\ufffdb"


@pytest.mark.parametrize(
    ("count", "retried"), [(None, False), ("0", False), ("00", False), ("", False), ("1", True), ("2", True)]
)
def test_an_sdk_says_that_it_tries_again(count: str | None, retried: bool) -> None:
    headers = {} if count is None else {"x-stainless-retry-count": count}
    assert customer_from(headers, {}).retried is retried


def test_who_names_neither_customer_nor_conversation_is_a_stranger() -> None:
    assert customer_from({}, {}).is_stranger
    assert not customer_from({}, {"user": "u"}).is_stranger
    assert not customer_from({"x-cxai-conversation-id": "1"}, {}).is_stranger


def test_a_header_that_is_too_long_is_an_error() -> None:
    with pytest.raises(ContextError, match="longer than 1024 bytes; send an id or a name"):
        customer_from({"x-cxai-channel": "x" * 1025}, {})


@pytest.mark.parametrize(
    "shared", ["guest", "Anonymous", " NULL ", "undefined", "0", "", "00000000-0000-0000-0000-000000000000"]
)
def test_an_id_that_many_share_is_nobodys(shared: str) -> None:
    assert customer_from({"x-cxai-customer-id": shared}, {"user": shared}).id is None
    assert customer_from({"x-cxai-customer-id": shared}, {"user": "u-1"}).id == "u-1"
    assert customer_from({"x-cxai-customer-id": shared}, {}, ()).id == (shared.strip() or None)
    assert customer_from({"x-cxai-customer-id": f"x-{shared}"}, {}).id == f"x-{shared}".strip()
