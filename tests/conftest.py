"""The real thing, shared by the tests: a scripted provider and the proxy before it, both on loopback sockets."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import hypothesis
import openai
import pytest
import structlog
from support.browser import browser, chromium
from support.once import (
    collector_as_shipped,
    judged_once,
    looked_through_once,
    models_read_once,
    the_same_read_once,
)
from support.postgres import EmptyDatabases, empty_databases, postgres_server, postgres_url
from support.provider import Provider
from support.serving import served

from proxy.app import create_app
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord
from proxy.settings import Settings

__all__ = [
    "browser",
    "chromium",
    "collector_as_shipped",
    "empty_databases",
    "judged_once",
    "looked_through_once",
    "models_read_once",
    "postgres_server",
    "postgres_url",
    "the_same_read_once",
]  # fixtures that live beside what they start

# How quickly examples are made and tried says something of what else the machine does, and nothing of a promise.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")
# As a proxy logs: a traceback with the values of all variables takes seconds.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

ROOT = Path(__file__).parent.parent
SHIPPED_CORPUS = ROOT / "policy_corpus"


@dataclass(frozen=True, slots=True)
class RunningProxy:
    """A proxy that serves; ``provider`` is the upstream that it asks."""

    url: str
    provider: Provider
    database_url: str
    policies: Path
    corpus: Path

    def client(self, **options: Any) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key="sk-test", max_retries=0, **options)

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return httpx.post(self.url + path, json=body, timeout=30, **options)

    def ask(self, question: str, **options: Any) -> httpx.Response:
        """One question as a plain HTTP request; ``options`` go into the body, ``headers`` onto the request."""
        headers = options.pop("headers", {})
        body = {"model": "test-model", "messages": [{"role": "user", "content": question}], **options}
        return self.post("/v1/chat/completions", body, headers=headers)

    def ledger(self) -> Ledger:
        return Ledger.open(self.database_url)

    def awaited_record(self, response_id: str) -> DecisionRecord:
        """The record of an answer that is recorded when it has left."""
        with self.ledger() as ledger:
            for _ in range(100):
                if record := ledger.answer(response_id):
                    return record
                time.sleep(0.05)
        raise AssertionError("no record was written")


StartProxy = Callable[..., RunningProxy]


@pytest.fixture(autouse=True)
def measured_as_shipped(request: pytest.FixtureRequest) -> None:
    """What measures time or memory has the garbage collector that a proxy has."""
    if request.node.get_closest_marker("alone"):
        request.getfixturevalue("collector_as_shipped")


@cache
def empty_ledger() -> bytes:
    """An SQLite file with all tables and nothing in them, to copy: making the tables takes a fifth of a second."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        with Ledger.open(f"sqlite:///{file}"):
            pass
        return file.read_bytes()


def ledger_in(folder: Path) -> str:
    """The address of the folder's ledger, which begins empty where there is none."""
    file = folder / "ledger.db"
    if not file.exists():
        file.write_bytes(empty_ledger())
    return f"sqlite:///{file}"


@pytest.fixture
def start_proxy(tmp_path: Path) -> Iterator[StartProxy]:
    """Starts a proxy: ``start_proxy(corpus=..., policies="routes: ...", **settings)``."""
    with ExitStack() as stack:

        def start(*, corpus: Path = SHIPPED_CORPUS, policies: str = "", **settings: Any) -> RunningProxy:
            folder = tmp_path / "policies"
            folder.mkdir(exist_ok=True)
            if policies:
                (folder / "routes.yaml").write_text(policies, encoding="utf-8")
            provider = Provider()
            upstream = (
                settings.pop("upstream", None) or stack.enter_context(served(provider, drain_s=0)) + "/v1"
            )
            database_url = settings.pop("database_url", None) or ledger_in(tmp_path)
            settings.setdefault("audit", {"folder": tmp_path / "audit"})
            chosen = Settings(
                upstream=upstream,
                corpus=corpus,
                policies=folder,
                database_url=database_url,
                log_level="error",
                **settings,
            )
            url = stack.enter_context(served(create_app(chosen)))
            return RunningProxy(url, provider, database_url, folder, corpus)

        yield start


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with a ledger's tables and nothing in them, once SQLite and once PostgreSQL."""
    if request.param == "sqlite":
        yield ledger_in(tmp_path)
        return
    databases: EmptyDatabases = request.getfixturevalue("empty_databases")
    with databases.one() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def tableless_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any tables, once SQLite and once PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@contextmanager
def running_proxy(
    folder: Path, *, rules: str = "", corpus: Path = SHIPPED_CORPUS, **chosen: Any
) -> Iterator[RunningProxy]:
    """A proxy before a corpus, the shipped one where none is given, that keeps all else that it has in the folder."""
    policies = folder / "policies"
    policies.mkdir()
    if rules:
        (policies / "rules.yaml").write_text(rules, encoding="utf-8")
    database_url = ledger_in(folder)
    provider = Provider()
    with served(provider, drain_s=0) as upstream:
        settings = Settings(
            upstream=f"{upstream}/v1",
            corpus=corpus,
            policies=policies,
            database_url=database_url,
            log_level="error",
            **chosen,
        )
        with served(create_app(settings)) as url:
            yield RunningProxy(url, provider, database_url, policies, corpus)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    """One proxy before the shipped corpus for a whole test module, with the built-in route."""
    with running_proxy(tmp_path_factory.mktemp("proxy")) as running:
        yield running


@contextmanager
def logging_restored() -> Iterator[None]:
    """Commands set up logging for their process, which here is that of all tests."""
    root, ours = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**ours)


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    with logging_restored():
        yield
