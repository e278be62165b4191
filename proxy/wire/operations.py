"""The doors of operations: is it alive, is it ready, what does it count."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency

from proxy.access.keys import Scope
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.records import DEFAULT_TENANT
from proxy.wire.doorkeeper import SCOPE, caller_of
from proxy.wire.services import Services, Tenants

# A scrape that waits for a database in trouble would lose every other metric with it, just when they are wanted.
SCRAPE_WAITS_S = 2.0


@get("/healthz", include_in_schema=False, opt={SCOPE: None})
async def healthz() -> dict[str, str]:
    """The process answers; nothing more is said."""
    return {"status": "ok"}


@get("/readyz", include_in_schema=False, opt={SCOPE: None})
async def readyz(
    request: Request[Any, Any, State], tenants: NamedDependency[Tenants]
) -> Response[dict[str, Any]]:
    """Ready to guard: the ledger can be written and there are documents. Problems that do not stop it are named.

    A tenant without documents does not make the others wait: its answers are unverified. Where keys are needed, who has
    none with the scope ``metrics`` is told the status alone: names are the tenants' own.
    """
    services = tenants[DEFAULT_TENANT]
    if services.draining.has_begun:
        return Response({"status": "draining"}, status_code=503)
    ledger = await _ledger_problem(services.ledger)
    ready = ledger is None and _has_documents(tenants)
    report: dict[str, Any] = {"status": "ready" if ready else "not ready", "ledger": ledger or "ok"}
    if Scope.METRICS in caller_of(request.scope).scopes:
        others = {name: _files(one) for name, one in tenants.items() if name != DEFAULT_TENANT}
        report |= {**_files(services), **({"tenants": others} if others else {})}
    elif ledger is not None:
        report["ledger"] = "not ok"
    return Response(report, status_code=200 if ready else 503)


def _files(services: Services) -> dict[str, Any]:
    """A tenant's documents and policies, and what is wrong with them."""
    corpus, policies = services.corpus, services.policies
    return {
        "corpus": {
            "documents": len(corpus.current.documents),
            "passages": len(corpus.current.passages),
            "problems": [str(problem) for problem in corpus.problems],
        },
        "policies": {
            "version": policies.current.version,
            "problems": [str(problem) for problem in policies.problems],
            "warnings": list(policies.warnings),
        },
    }


async def _is_ready(tenants: Tenants) -> bool:
    """What ``/readyz`` says; a ledger that does not answer within a scrape's time is not ready."""
    services = tenants[DEFAULT_TENANT]
    if services.draining.has_begun or not _has_documents(tenants):
        return False
    try:
        async with asyncio.timeout(SCRAPE_WAITS_S):
            return await _ledger_problem(services.ledger) is None
    except TimeoutError:
        return False


def _has_documents(tenants: Tenants) -> bool:
    return any(one.corpus.current.documents for one in tenants.values())


async def _ledger_problem(ledger: Ledger) -> str | None:
    try:
        await asyncio.to_thread(_ping, ledger)
    except LedgerError as error:
        return str(error)
    return None


def _ping(ledger: Ledger) -> None:
    ledger.ping()
    ledger.ping_writer()


@get("/metrics", include_in_schema=False, opt={SCOPE: Scope.METRICS})
async def metrics(request: Request[Any, Any, State], tenants: NamedDependency[Tenants]) -> Response[bytes]:
    """What is counted, of all tenants together."""
    counted, corpora = tenants[DEFAULT_TENANT].metrics, [one.corpus for one in tenants.values()]
    counted.ready(await _is_ready(tenants))
    counted.corpus(
        documents=sum(len(corpus.current.documents) for corpus in corpora),
        passages=sum(len(corpus.current.passages) for corpus in corpora),
        problems=sum(len(corpus.problems) for corpus in corpora),
    )
    content, content_type = counted.render(request.headers.get("accept", ""))
    return Response(content, headers={"content-type": content_type})
