"""A reviewer's draft, checked as the answer of a case is by every other way to send one."""

from __future__ import annotations

from litestar.datastructures import Headers

from proxy.console.case.addresses import CASES
from proxy.console.case.opened import OpenedCase
from proxy.wire.desk.checking import Checked, checked_text
from proxy.wire.services import Services


async def checked(services: Services, opened: OpenedCase, text: str) -> Checked:
    """Each check has a trace of its own: the console's pages have none."""
    trace = services.telemetry.request("POST", f"{CASES}/{{ref}}/draft", Headers({}))
    try:
        return await checked_text(services, opened.case, opened.decision, text, trace, {})
    finally:
        trace.end(200, None)
