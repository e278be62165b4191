"""The demo's CRM: a server that says whether a customer's complaint is open, and that may be down or out of date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from litestar import Litestar, Response, get
from litestar.params import FromPath

from proxy.demo.conversations import JsonObject, State

STALE = timedelta(minutes=10)


class Crm:
    """Its ``state`` is that of all customers."""

    def __init__(self) -> None:
        self.state: State = "calm"

    def app(self) -> Litestar:
        @get("/customers/{customer:str}")
        async def customer(customer: FromPath[str]) -> Response[JsonObject]:
            if self.state == "down":
                return Response({"error": "maintenance"}, status_code=503)
            as_of = datetime.now(UTC) - (STALE if self.state == "stale" else timedelta(0))
            told = {"id": customer, "complaint": {"open": self.state == "complaint"}}
            return Response({**told, "as_of": as_of.isoformat()})

        return Litestar(route_handlers=[customer], openapi_config=None, logging_config=None)


def context_yaml(url: str) -> str:
    """What the demo's policies say of the CRM: its flag is another source of ``open_case``."""
    return f"""\
# The demo's CRM. docs/context.md describes this file.
sources:
  - name: crm
    kind: http
    url: {url}/customers/{{customer_id}}
    breaker_failures: 0
facts:
  - name: open_case
    type: bool
    class: required
    max_age: 5m
    protective_value: true
    from:
      ledger:
      crm: {{value: complaint.open, true_at: as_of}}
"""
