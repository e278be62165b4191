"""Where fuzzing happens: the real application in this process, before a real provider on loopback.

Only what makes judging slow is replaced: the verifier, by one that denies the sentences that hold a certain word, and
the embedder. So thousands of answers a minute go all the way, and everybody knows what may not leave.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import structlog
from fuzz.amount import TALLY
from fuzz.upstream import Upstream
from support.asgi import Answered, ask
from support.serving import served

from proxy.app import create_app
from proxy.corpus.documents import Hit
from proxy.grounding.types import Claim, Evidence, Fact, Label, Verdict, VerifierError
from proxy.ledger.ledger import Ledger
from proxy.settings import Settings
from proxy.wire.services import Services

DENIED = "ninety"  # a sentence with this word is not supported
UNJUDGED = "unreadable"  # the verifier fails at one with this
QUOTE = "Refunds are paid within thirty days of the return."
CORPUS = f"---\ntitle: Refunds\nowner: Tests\n---\n\n# Refunds\n\n{QUOTE}\n"
ROUTES = """
routes:
  - {name: whole, match: {model: whole*}, delivery: whole, reask: {times: 1}}
  - {name: refusing, match: {model: refusing*}, delivery: whole, unsupported: refuse, reask: {times: 0}}
  - {name: escalating, match: {model: escalating*}, unsupported: escalate, on_unverified: escalate}
  - {name: open, match: {model: open*}, on_unverified: open}
  - {name: immediate, match: {model: immediate*}, delivery: immediate}
  - {name: observed, match: {model: observed*}, mode: observe}
"""
MODELS = ("gated", "whole", "refusing", "escalating", "open", "immediate", "observed")


@dataclass(slots=True)
class Denying:
    """A verifier whose opinion can be read off the sentence; ``denied`` are those that it did not support."""

    name: str = "denying"
    version: str = "1"
    denied: set[str] = field(default_factory=set)

    def verify(
        self, claim: Claim, *, question: str | None, hits: Sequence[Hit], facts: Sequence[Fact]
    ) -> Verdict:
        if UNJUDGED in claim.text:
            raise VerifierError("the model is broken")
        if DENIED not in claim.text:
            return Verdict(Label.SUPPORTED, 0.99, "it says yes")
        self.denied.add(claim.text)
        evidence = tuple(Evidence(hit.passage.document.id, None, hit.passage.text) for hit in hits[:1])
        return Verdict(Label.CONTRADICTED, 0.01, f"it says no to {claim.text}", evidence)


class HashEmbedder:
    """A vector for a text, always the same; texts that mean the same are no nearer."""

    name, version, dimension = "hash", "1", 384

    def embed(self, text: str) -> Any:
        digest = hashlib.shake_256(text.encode(errors="surrogatepass")).digest(self.dimension)
        vector = np.frombuffer(digest, dtype=np.uint8).astype(np.float32)
        return vector / np.linalg.norm(vector)

    def embed_many(self, texts: Sequence[str]) -> Any:
        return np.stack([self.embed(text) for text in texts])


class Complaints(logging.Handler):
    """What is logged as an error, by us or by a library, but for what the verifier was told to do.

    What the parts of earlier tests, which may still be ending, log on threads of their own is theirs.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []
        self._of_others = {thread.ident for thread in threading.enumerate()} - {threading.get_ident()}

    def emit(self, record: logging.LogRecord) -> None:
        self._add(self.format(record))

    def _add(self, told: str) -> None:
        if threading.get_ident() not in self._of_others:
            self.found.append(told)

    def processor(self, _: Any, method: str, event: dict[str, Any]) -> Any:
        if method in ("error", "critical", "exception"):
            failure = event.get("exc_info")
            told = structlog.processors.format_exc_info(None, method, dict(event))
            if not (event["event"] == "judging failed" and "VerifierError" in told.get("exception", "")):
                self._add(f"{event['event']}: {told.get('exception') or failure}")
        raise structlog.DropEvent


@dataclass(slots=True)
class Place:
    """``ask`` asks the proxy and waits until nothing goes on; ``complaints`` are the errors that were logged."""

    app: Any
    services: Services
    upstream: Upstream
    verifier: Denying
    complaints: Complaints
    runner: asyncio.Runner

    @property
    def ledger(self) -> Ledger:
        return self.services.ledger

    def ask(
        self,
        path: str,
        body: bytes,
        headers: Sequence[tuple[bytes, bytes]] = (),
        leaves_after: int | None = None,
    ) -> Answered:
        self.verifier.denied.clear()
        self.complaints.found.clear()
        self.upstream.seen.clear()
        return self.runner.run(self._settled(ask(self.app, "POST", path, body, headers, leaves_after)))

    async def _settled(self, asking: Coroutine[Any, Any, Answered]) -> Answered:
        answered = await asking
        TALLY.update(["answers", f"answers with status {answered.status}"])
        TALLY.update(["answers with a sentence that was not to leave"] if self.verifier.denied else [])
        background = self.services.background
        while background.tasks:
            await asyncio.wait(set(background.tasks))
        return answered


@contextmanager
def opened(folder: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        upstream, verifier = Upstream(), Denying()
        app = create_fuzzed(folder, stack.enter_context(served(upstream)), verifier)
        complaints = stack.enter_context(logged_errors())
        runner = stack.enter_context(asyncio.Runner())
        stack.enter_context(_running(app, runner))
        yield Place(app, app.state.services, upstream, verifier, complaints, runner)


@contextmanager
def _running(app: Any, runner: asyncio.Runner) -> Iterator[None]:
    """The application's lifespan, in a task of its own: it ends where it began."""
    started, ended = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            started.set()
            await ended.wait()

    async def begun() -> asyncio.Task[None]:
        task = asyncio.create_task(live())
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        return task

    async def over(task: asyncio.Task[None]) -> None:
        ended.set()
        await task

    task = runner.run(begun())
    try:
        yield
    finally:
        runner.run(over(task))


def create_fuzzed(folder: Path, upstream: str, verifier: Denying) -> Any:
    for name, file, text in (("corpus", "refunds.md", CORPUS), ("policies", "routes.yaml", ROUTES)):
        (folder / name).mkdir()
        (folder / name / file).write_text(text)
    settings = Settings(
        upstream=f"{upstream}/v1",
        corpus=folder / "corpus",
        policies=folder / "policies",
        database_url=f"sqlite:///{folder / 'ledger.db'}",
        embedding_cache=None,
        max_body_bytes=200_000,
        max_answer_bytes=200_000,
        judge_threads=1,
    )
    with (
        patch("proxy.opening.open_verifier", lambda *_: verifier),
        patch("proxy.opening.Embedder.load", HashEmbedder),
    ):
        return create_app(settings)


@contextmanager
def logged_errors() -> Iterator[Complaints]:
    complaints, before, root = Complaints(), structlog.get_config(), logging.getLogger()
    structlog.configure(processors=[complaints.processor], cache_logger_on_first_use=False)
    root.addHandler(complaints)
    # The provider's own server complains where its script breaks the connection.
    provider = logging.getLogger("uvicorn.error")
    provider.disabled = True
    try:
        yield complaints
    finally:
        provider.disabled = False
        root.removeHandler(complaints)
        structlog.configure(**before)
