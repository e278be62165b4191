"""The doors of operations: is it alive, is it ready, what does it count."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency

from proxy.ledger.ledger import Ledger, LedgerError
from proxy.wire.services import Services

# A scrape that waits for a database in trouble would lose every other metric with it, just when they are wanted.
SCRAPE_WAITS_S = 2.0


@get("/healthz", include_in_schema=False)
async def healthz() -> dict[str, str]:
    """The process answers; nothing more is said."""
    return {"status": "ok"}


@get("/readyz", include_in_schema=False)
async def readyz(services: NamedDependency[Services]) -> Response[dict[str, Any]]:
    """Ready to guard: the ledger can be written and there are documents. Problems that do not stop it are named."""
    ledger = await _ledger_problem(services)
    documents = len(services.corpus.current.documents)
    ready = ledger is None and documents > 0
    report = {
        "status": "ready" if ready else "not ready",
        "ledger": ledger or "ok",
        "corpus": {
            "documents": documents,
            "passages": len(services.corpus.current.passages),
            "problems": [str(problem) for problem in services.corpus.problems],
        },
        "policies": {
            "version": services.policies.current.version,
            "problems": [str(problem) for problem in services.policies.problems],
        },
    }
    return Response(report, status_code=200 if ready else 503)


async def _is_ready(services: Services) -> bool:
    """What ``/readyz`` would say; a ledger that does not answer within a scrape's time is not ready."""
    try:
        async with asyncio.timeout(SCRAPE_WAITS_S):
            return len(services.corpus.current.documents) > 0 and await _ledger_problem(services) is None
    except TimeoutError:
        return False


async def _ledger_problem(services: NamedDependency[Services]) -> str | None:
    try:
        await asyncio.to_thread(_ping, services.ledger)
    except LedgerError as error:
        return str(error)
    return None


def _ping(ledger: Ledger) -> None:
    ledger.ping()
    ledger.ping_writer()


@get("/metrics", include_in_schema=False)
async def metrics(request: Request[Any, Any, State], services: NamedDependency[Services]) -> Response[bytes]:
    corpus = services.corpus
    services.metrics.ready(await _is_ready(services))
    services.metrics.corpus(
        documents=len(corpus.current.documents),
        passages=len(corpus.current.passages),
        problems=len(corpus.problems),
    )
    content, content_type = services.metrics.render(request.headers.get("accept", ""))
    return Response(content, headers={"content-type": content_type})
