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
from unittest.mock import patch

import httpx
import hypothesis
import openai
import pytest
import structlog
from litestar.utils.signature import ParsedSignature
from Stemmer import Stemmer
from support.browser import browser, chromium
from support.postgres import postgres_server, postgres_tables, postgres_url, with_tables
from support.provider import Provider
from support.serving import served

from proxy.app import create_app
from proxy.corpus.lexical import words_of
from proxy.corpus.reading import read_content
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord
from proxy.models.onnx_files import open_model
from proxy.settings import Settings

__all__ = [
    "browser",
    "chromium",
    "postgres_server",
    "postgres_tables",
    "postgres_url",
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


@pytest.fixture(scope="session", autouse=True)
def models_read_once() -> Iterator[None]:
    """Each proxy has its own models, with what they remember; the files behind them are opened once a process."""
    read_once = cache(open_model)
    with (
        patch("proxy.models.embedder.open_model", read_once),
        patch("proxy.models.entailment.open_model", read_once),
    ):
        yield


@pytest.fixture(scope="session", autouse=True)
def the_same_read_once() -> Iterator[None]:
    """What each of a thousand proxies and clients would read again in one process, and come to the same."""
    words = cache(lambda text: words_of(text, Stemmer("english")))
    signature = ParsedSignature.from_fn
    signatures: dict[Any, ParsedSignature] = {}

    def signature_of(handler: Any, names: dict[str, Any]) -> ParsedSignature:
        if (
            getattr(handler, "__closure__", None) is not None
        ):  # it belongs to one proxy, which is not kept for it
            return signature(handler, names)
        key = handler, frozenset((name, id(meant)) for name, meant in names.items())
        if key not in signatures:
            signatures[key] = signature(handler, names)
        return signatures[key]

    with (
        patch.object(ParsedSignature, "from_fn", signature_of),
        patch("proxy.corpus.folder.read_content", cache(read_content)),
        patch("proxy.corpus.corpus.words_of", lambda text, _: list(words(text))),
        patch("httpx._transports.default.create_ssl_context", cache(httpx.create_ssl_context)),
    ):
        yield


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
    with with_tables(request.getfixturevalue("postgres_tables")) as url:
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


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    """Commands set up logging for their process, which here is that of all tests."""
    root, ours = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**ours)
