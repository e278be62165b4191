"""What plays conversations in a worker's process: the whole proxy, with a ledger of its own that is thrown away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import httpx
from litestar import Litestar

from proxy.app import create_app
from proxy.ledger.audit.options import AuditOptions
from proxy.loopback import HOST, ThreadServer
from proxy.rehearsal.operators.levels import Level, applied
from proxy.rehearsal.replay.known_then import KnownThen
from proxy.rehearsal.replay.outcome import Outcome
from proxy.rehearsal.replay.playing import Stage
from proxy.rehearsal.replay.recorded_model import RecordedModel
from proxy.rehearsal.suite.reading import open_suite
from proxy.review.plan import ReviewPlan
from proxy.settings import Settings
from proxy.wire.notify.options import NotifyOptions

ANSWER_WITHIN_S = 600.0


class RehearsalWorker:
    """Plays a suite's conversations by their numbers, with the settings' documents, policies and verifier.

    Unless it is ``live``, each turn is answered by the model as it was recorded. Nobody is told of its cases.
    """

    def __init__(
        self, settings: Settings, suite: Path, live: bool, levels: Sequence[Level] = (), seed: int = 1
    ) -> None:
        self._suite = open_suite(suite)
        self._levels, self._seed = levels, seed
        self._closing = ExitStack()
        folder = Path(self._closing.enter_context(TemporaryDirectory(prefix="cxai-rehearsal-")))
        known, model = KnownThen(), None if live else RecordedModel()
        app = create_app(_apart(settings, folder, self._served(model) if model else None), known)
        self._runner = self._closing.enter_context(asyncio.Runner())
        self._is_running, self._over = asyncio.Event(), asyncio.Event()
        self._running = self._runner.get_loop().create_task(self._run(app))
        self._runner.run(self._started())
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(cast(Any, app)), base_url=f"http://{HOST}", timeout=ANSWER_WITHIN_S
        )
        self._stage = Stage(client, app.state["services"].ledger, known, model)

    def work(self, number: int, /) -> list[Outcome]:
        """What comes of each turn of this conversation."""
        scene, hit = applied(self._suite.conversation(number), self._levels, self._seed)
        return self._runner.run(self._stage.play(scene, hit))

    def close(self) -> None:
        self._over.set()
        self._runner.run(self._ended())
        self._closing.close()

    def _served(self, model: RecordedModel) -> str:
        return f"{self._closing.enter_context(ThreadServer(model, name='recorded model')).url}/v1"

    async def _run(self, app: Litestar) -> None:
        """In one task, as it must be ended in the one in which it was started."""
        async with app.lifespan():
            self._is_running.set()
            await self._over.wait()

    async def _started(self) -> None:
        running = asyncio.create_task(self._is_running.wait())
        await asyncio.wait([running, self._running], return_when=asyncio.FIRST_COMPLETED)
        if self._running.done():
            running.cancel()
            await self._running

    async def _ended(self) -> None:
        await self._running


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
