"""Addresses that nobody clicks on: whatever stands in them, the console answers, and does not fail."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from conftest import RunningProxy, StartProxy
from support.people import console_client, csrf_in, signed_in_as

from proxy.access.people.roles import Role


def token(place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


NOUGHT = (
    "/console/answers?rule=%00",
    "/console/answers/%00",
    "/console/answers?after=2026-01-01T00:00:00~%00",
    "/console/queue?topic=%00",
    "/console/cases/%00",
    "/console/policies/text?document=%00&version=%00",
)
PLACES = (
    ("due", ["2026-01-01T00:00:00", "2026-01-01T00:00:00", "x"]),  # without a time zone
    ("risk", [10**30, "2026-01-01T00:00:00+00:00", "x"]),
    ("age", ["0001-01-01T00:00:00+14:00", "x"]),  # before all time, in UTC
    ("age", ["2026-01-01T00:00:00+00:00", "\0"]),
    ("newest", {"no": "list"}),
)


def test_nothing_fails_at_what_postgresql_cannot_hold(postgres_url: str, start_proxy: StartProxy) -> None:
    proxy = start_proxy(database_url=postgres_url)
    with proxy.ledger() as ledger:
        session = signed_in_as(ledger, Role.ADMIN)
    with console_client(proxy.url, session) as client:
        assert {path: client.get(path).status_code for path in NOUGHT} == dict.fromkeys(NOUGHT, 404)
        csrf = {"csrf": csrf_in(client.get("/console/account"))}
        assert client.post("/console/queue/take", data={**csrf, "queue": "\0"}).status_code == 409
        assert client.post("/console/rules/try", data={**csrf, "proposal": "\0"}).status_code == 404
        for order, place in PLACES:
            assert client.get(f"/console/queue?order={order}&after={token(place)}").status_code == 200


@pytest.mark.parametrize(("order", "place"), PLACES)
def test_a_place_that_is_none_is_refused_over_http(order: str, place: Any, proxy: RunningProxy) -> None:
    with console_client(proxy.url) as client:
        answer = client.get(f"/v1/escalations?order={order}&after={token(place)}")
    assert answer.status_code == (200 if "\0" in place else 400), answer.text


@pytest.mark.parametrize("moment", ["0001-01-02", "9999-12-30"])
def test_the_timeline_is_drawn_at_the_ends_of_time(moment: str, proxy: RunningProxy) -> None:
    with proxy.ledger() as ledger:
        session = signed_in_as(ledger, Role.VIEWER)
    with console_client(proxy.url, session) as client:
        assert client.get(f"/console/policies/timeline.svg?as_of={moment}").status_code == 200
