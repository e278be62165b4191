"""What runs beside the requests from start to end: files and keys watched, retention kept; then all is closed."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import ParamSpec

import structlog

from proxy.access.live import LiveKeys
from proxy.context.forgetting import FactRetention
from proxy.grounding.text.language import read_model
from proxy.ledger.audit.keeping import Keeper, keep_sealed
from proxy.ledger.ledger import LEDGER_S, Ledger, LedgerError
from proxy.ledger.records import DEFAULT_TENANT
from proxy.recovery.detecting.finding import find
from proxy.recovery.detecting.look import Look, kept_since
from proxy.recovery.recall.automatic import WatchedCorpus, watch_documents
from proxy.recovery.recall.filling import keep_filled
from proxy.recovery.recall.options import RecallOptions
from proxy.recovery.watching import watch_recovery
from proxy.rehearsal.drift.watching import watch_drift
from proxy.review.overload import LiveOverload
from proxy.review.plan import ReviewPlan
from proxy.review.sampling import draw_due
from proxy.review.seeding import settled_items
from proxy.review.watching import watch_catches, watch_demand
from proxy.rules.recovery_options import RecoveryOptions
from proxy.settings import Settings
from proxy.telemetry.loop import watch_loop
from proxy.threads import in_thread
from proxy.wire.desk.watching import watch_desk
from proxy.wire.notify.corrections import CorrectionSender
from proxy.wire.notify.sending import Sender, targets
from proxy.wire.overdue import watch_open_cases
from proxy.wire.services import Services, Tenants

P = ParamSpec("P")
log = structlog.get_logger(__name__)
RETENTION_EVERY_S = 3600.0
DRAW_EVERY_S = 600.0
SETTLED_AFTER_S = 3.0
LOOKS_OVERLAP = timedelta(minutes=10)  # by when what happened is in the ledger, however slow its stream
QUESTIONS_OVERLAP = timedelta(minutes=1)  # each costs more to look at, and only suggests something
FIRST_LOOK = timedelta(hours=6)  # who was stopped for longer runs `cxai failures find`


@asynccontextmanager
async def running(
    tenants: Tenants,
    keys: LiveKeys,
    settings: Settings,
    closing: ExitStack,
    *others: Callable[[], Awaitable[None]],
    rehearsed: bool = False,
) -> AsyncIterator[None]:
    """Watch files and keys and keep the retention while serving; then finish what has begun, and close.

    ``others`` is further work that begins once a start has settled. Where all is ``rehearsed``, no candidate is tried.
    """
    services = tenants[DEFAULT_TENANT]
    sealing = services.ledger.audit, settings.audit, settings.audit.files(settings.database_url)
    ledger, metrics = services.ledger, services.metrics
    sender = Sender(ledger, settings.notify, metrics)
    called = targets(settings.notify, lambda one: one.people_calls)
    gc.collect()
    gc.freeze()  # all that was made until now stays (see proxy/corpus/lasting.py)
    watching = [
        asyncio.create_task(keys.run()),
        asyncio.create_task(once_settled(watch_recovery, ledger, recovery_of(tenants), metrics)),
        asyncio.create_task(watch_open_cases(services.ledger, services.metrics, settings.open_case_hours)),
        asyncio.create_task(watch_desk(tenants, services.ledger, settings.answers_expire_days)),
        asyncio.create_task(sender.run()),
        asyncio.create_task(CorrectionSender(ledger, settings.notify, settings.recall, metrics).run()),
        asyncio.create_task(watch_demand(overloads_of(tenants), ledger.people_calls, called, metrics)),
        asyncio.create_task(once_settled(watch_catches, ledger, list(tenants), metrics)),
        asyncio.create_task(once_settled(read_languages)),
        asyncio.create_task(once_settled(keep_retention, services.ledger, settings.retention_days)),
        asyncio.create_task(once_settled(forget_facts, tenants)),
        asyncio.create_task(once_settled(enter_answers, services.ledger)),
        asyncio.create_task(once_settled(keep_filled, services.ledger, services.corpus.embedder)),
        asyncio.create_task(once_settled(watch_documents, *watched_documents(tenants, settings))),
        asyncio.create_task(once_settled(draw_reviews, tenants, settings.review)),
        asyncio.create_task(once_settled(find_failures, tenants, settings)),
        asyncio.create_task(once_settled(watch_drift, ledger, list(tenants), settings.database_url, metrics)),
        asyncio.create_task(once_settled(keep_sealed, *sealing)),
        *(asyncio.create_task(once_settled(one)) for one in others),
        *(asyncio.create_task(one.corpus.run()) for one in tenants.values()),
        *(asyncio.create_task(one.policies.run()) for one in tenants.values()),
        *(asyncio.create_task(one.candidate.run(one)) for one in tenants.values() if not rehearsed),
        asyncio.create_task(watch_loop(services.metrics)),
    ]
    try:
        with services.draining.at_sigterm():
            yield
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        # What was cut short just now is still to be recorded.
        await services.background.drain(max(services.draining.left_s(), LEDGER_S))
        for one in tenants.values():
            await one.ahead.reader.close()
        for upstream in {id(one.upstream): one.upstream for one in tenants.values()}.values():
            await upstream.close()
        closing.close()
        services.guard.judges.close()
        await asyncio.to_thread(services.telemetry.shutdown)
        with suppress(LedgerError):
            await keys.note_uses()
        await asyncio.to_thread(Keeper(*sealing).tick)
        services.ledger.close()
        gc.unfreeze()


def overloads_of(tenants: Tenants) -> dict[str, LiveOverload]:
    """Of those tenants where it is said how many people work on cases."""
    found = ((name, services.guard.overload) for name, services in tenants.items())
    return {name: overload for name, overload in found if isinstance(overload, LiveOverload)}


def recovery_of(tenants: Tenants) -> dict[str, Callable[[], RecoveryOptions]]:
    """By tenant, what is aimed at as the policies have it now."""

    def current(services: Services) -> Callable[[], RecoveryOptions]:
        return lambda: services.policies.current.recovery

    return {name: current(services) for name, services in tenants.items()}


def watched_documents(
    tenants: Tenants, settings: Settings
) -> tuple[Ledger, list[WatchedCorpus], str, RecallOptions]:
    """What past answers are judged again by when it changes. A tenant's own folders are known from the settings."""
    own = ["--corpus", str(settings.corpus)]
    own += ["--policies", str(settings.policies)] if settings.policies else []
    watched = [
        WatchedCorpus(name, one.corpus, tuple(own if name == DEFAULT_TENANT else ()))
        for name, one in tenants.items()
    ]
    return tenants[DEFAULT_TENANT].ledger, watched, settings.database_url, settings.recall


async def once_settled(work: Callable[P, Awaitable[None]], *given: P.args, **named: P.kwargs) -> None:
    """Work that nobody waits for: begun at once, it would take the processors from a start's first answers."""
    await asyncio.sleep(SETTLED_AFTER_S)
    await work(*given, **named)


async def read_languages() -> None:
    """Most sentences do without the model of languages, and reading it takes half a second."""
    await in_thread(read_model)


async def keep_retention(ledger: Ledger, days: int) -> None:
    """Delete what is older than the retention, once an hour."""
    while days > 0:
        with suppress(LedgerError):
            gone = await in_thread(ledger.purge, datetime.now(UTC) - timedelta(days=days))
            log.info("retention", deleted=gone, days=days)
        await asyncio.sleep(RETENTION_EVERY_S)


async def forget_facts(tenants: Tenants) -> None:
    """Forget, once an hour, what was read of customers and is kept for fewer days than its decisions."""
    kept = {name: FactRetention(one.ledger, name) for name, one in tenants.items()}
    while True:
        for name, retention in kept.items():
            options = tenants[name].policies.current.context
            with suppress(LedgerError):
                forgotten = await in_thread(retention.keep, options, datetime.now(UTC))
                log.info("facts forgotten", tenant=name, decisions=forgotten)
        await asyncio.sleep(RETENTION_EVERY_S)


async def enter_answers(ledger: Ledger) -> None:
    """Make findable what was recorded before answers were entered for the search, and what older workers record."""
    while True:
        with suppress(LedgerError):
            while await in_thread(ledger.answer_search.fill):
                await asyncio.sleep(0.05)  # answers that are recorded meanwhile come first
        await asyncio.sleep(RETENTION_EVERY_S)


async def draw_reviews(tenants: Tenants, plan: ReviewPlan) -> None:
    """Draw the sample that people review, of each hour soon after its end; what they settled becomes seeded items."""
    while True:
        for name, one in tenants.items():
            risks = {document.id: document.risk.value for document in one.corpus.current.documents}
            with suppress(LedgerError):
                await in_thread(draw_for, one.ledger, name, plan, risks)
        await asyncio.sleep(DRAW_EVERY_S)


def draw_for(ledger: Ledger, tenant: str, plan: ReviewPlan, risks: Mapping[str, str]) -> None:
    now = datetime.now(UTC)
    for drawn in draw_due(ledger, tenant, now, plan, lambda document: risks.get(document, "medium")):
        of_people = {"of_people": drawn.by_people("population"), "drawn_of_people": drawn.by_people("drawn")}
        log.info("reviews drawn", tenant=tenant, of=drawn.population, drawn=drawn.drawn, **of_people)
    ledger.reviews.add(settled_items(ledger, now, tenant=tenant))


async def find_failures(tenants: Tenants, settings: Settings) -> None:
    """Look again and again for failures among what is new; what another replica has told is told once."""
    looked_at = dict.fromkeys(tenants, datetime.now(UTC))
    since = dict.fromkeys(tenants, datetime.now(UTC) - FIRST_LOOK)
    while True:
        for name, one in tenants.items():
            now, asked_since = datetime.now(UTC), looked_at[name] - QUESTIONS_OVERLAP
            try:
                await in_thread(find_for, one, name, settings, since[name], asked_since, now)
                looked_at[name], since[name] = now, now - LOOKS_OVERLAP
            except LedgerError as error:  # the next look begins where this one did
                log.warning("failures could not be looked for", tenant=name, error=str(error))
        await asyncio.sleep(settings.recovery.look_every_s)


def find_for(
    services: Services,
    tenant: str,
    settings: Settings,
    since: datetime,
    asked_since: datetime,
    now: datetime,
) -> None:
    risks = {document.id: document.risk.value for document in services.corpus.current.documents}
    look = Look(
        ledger=services.ledger,
        since=since,
        asked_since=asked_since,
        now=now,
        kept_since=kept_since(settings.retention_days, now),
        embed=services.ahead.embed,
        risk_of=lambda document: risks.get(document, "medium"),
        plan=settings.recovery,
        tenant=tenant,
    )
    if told := {source: count for source, count in find(look).items() if count}:
        log.info("failures found", tenant=tenant, **told)
