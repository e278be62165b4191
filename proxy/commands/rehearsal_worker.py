"""What plays conversations in a worker's process: the whole proxy, with a ledger of its own that is thrown away."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import Future
from contextlib import ExitStack, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from proxy.app import create_app
from proxy.commands.hosted_app import HostedApp
from proxy.ledger.audit.options import AuditOptions
from proxy.loopback import HOST, ThreadServer
from proxy.rehearsal.operators.levels import applied
from proxy.rehearsal.operators.operator import Scene
from proxy.rehearsal.replay.known_then import KnownThen
from proxy.rehearsal.replay.outcome import Outcome
from proxy.rehearsal.replay.plan import Plan
from proxy.rehearsal.replay.playing import Stage
from proxy.rehearsal.replay.recorded_model import RecordedModel
from proxy.rehearsal.suite.reading import open_suite
from proxy.review.plan import ReviewPlan
from proxy.settings import Settings
from proxy.wire.notify.options import NotifyOptions

ANSWER_WITHIN_S = 600.0


class RehearsalWorker:
    """Plays a suite's conversations by their numbers, with the settings' documents, policies and verifier.

    Unless the plan is a live one, each turn is answered by the model as it was recorded. Nobody is told of its cases.
    """

    def __init__(self, settings: Settings, plan: Plan) -> None:
        self._suite, self._plan = open_suite(plan.suite), plan
        self._places = asyncio.Semaphore(plan.at_once) if plan.speed is None else nullcontext()
        self._closing = ExitStack()
        folder = Path(self._closing.enter_context(TemporaryDirectory(prefix="cxai-rehearsal-")))
        known = None if plan.live_context else KnownThen()
        model = None if plan.live else RecordedModel()
        apart = _apart(settings, folder, self._served(model) if model else None)
        app = create_app(apart, known, rehearsed=True)
        self._proxy = HostedApp(app, name="rehearsed proxy")
        self._client = httpx.AsyncClient(
            base_url=self._proxy.url,
            timeout=ANSWER_WITHIN_S,
            limits=httpx.Limits(max_connections=None),
            trust_env=False,
        )
        self._stage = Stage(plan, self._client, app.state["services"].ledger, known, model)

    def work(self, number: int, /) -> list[Outcome]:
        """What comes of each turn of this conversation."""
        return self.begin(number).result()[0]

    def begin(
        self, number: int, starts_s: float = 0.0, at: float = 0.0
    ) -> Future[tuple[list[Outcome], float]]:
        """Play the conversation from ``at`` on, by ``time.monotonic``, once a place is free.

        What comes of it, and the seconds it took. ``starts_s`` is when its customer came, as the suite has it.
        """
        return self._proxy.submit(self._when_due(number, starts_s, at))

    def comes_s(self, number: int, starts_s: float) -> float:
        """When the customer who came at ``starts_s`` comes in this rehearsal, in seconds of the suite's time."""
        return self._applied(number, starts_s)[0].starts_s

    def close(self) -> None:
        self._proxy.submit(self._client.aclose()).result()
        self._proxy.close()
        self._closing.close()

    async def _when_due(self, number: int, starts_s: float, at: float) -> tuple[list[Outcome], float]:
        await asyncio.sleep(at - time.monotonic())
        async with self._places:
            began = time.perf_counter()
            outcomes = await self._stage.play(*self._applied(number, starts_s))
            return outcomes, time.perf_counter() - began

    def _applied(self, number: int, starts_s: float = 0.0) -> tuple[Scene, tuple[str, ...]]:
        plan = self._plan
        return applied(self._suite.conversation(number), plan.levels, plan.seed, starts_s)

    def _served(self, model: RecordedModel) -> str:
        return f"{self._closing.enter_context(ThreadServer(model, name='recorded model')).url}/v1"


def _apart(settings: Settings, folder: Path, upstream: str | None) -> Settings:
    """The settings of a proxy that touches nothing of the one that serves."""
    replaced: dict[str, object] = {
        "database_url": f"sqlite:///{folder / 'ledger.db'}",
        "audit": AuditOptions(folder=folder / "audit"),
        "notify": NotifyOptions(),
        "review": ReviewPlan(),  # how many people are there now says nothing of then
        "tenants": {},
        "require_keys": False,
        "first_key": None,
        "host": HOST,
    }
    if upstream is not None:
        replaced |= {"upstream": upstream, "upstreams": (), "upstream_query": "", "upstream_api_key": None}
    return settings.model_copy(update=replaced)
