"""Where a stage is played: a proxy in a folder of its own, the servers behind it, and what can be looked up there."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from proxy.drill import company
from proxy.drill.collector import Collector, Verdict
from proxy.drill.customer import Answer, ask, request_body
from proxy.drill.misbehaving import Judge, Provider
from proxy.drill.outcome import Outcome
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.records import DecisionRecord
from proxy.loopback import ProxyProcess, ThreadServer, clean_environment, cxai_command, running_proxy

WAIT_S = 15.0
START_S = 60.0
SETTINGS_FILE = "drill.yaml"


@dataclass(slots=True)
class Place:
    """``running`` is the stage's proxy; None where the stage starts its own."""

    folder: Path
    provider: Provider
    provider_server: ThreadServer
    judge: Judge
    judge_server: ThreadServer
    collector: Collector
    environment: dict[str, str]
    running: ProxyProcess | None = None

    @property
    def url(self) -> str:
        assert self.running is not None
        return self.running.url

    @property
    def corpus(self) -> Path:
        return self.folder / "corpus"

    @property
    def policies(self) -> Path:
        return self.folder / "policies"

    @property
    def ledger_file(self) -> Path:
        return self.folder / "ledger.db"

    def ask(
        self,
        route: str,
        *,
        streamed: bool,
        headers: Mapping[str, str] | None = None,
        system: str | None = None,
    ) -> Outcome:
        """Ask on this route, and tell how it ended."""
        try:
            answer = ask(self.url, request_body(route, streamed=streamed, system=system), headers)
        except (httpx.HTTPError, ValueError) as failure:
            return Outcome(disagreements=(f"no answer that can be read ({type(failure).__name__})",))
        return self.ended(answer)

    def ended(self, answer: Answer) -> Outcome:
        """The answer as an outcome; ledger and trace are looked up, and whether they agree with it."""
        headers = answer.headers
        record = self.record(headers.get("x-cxai-response-id"))
        ref = (answer.cxai.get("escalation") or {}).get("ref")
        told = answer.verdict
        sources = {
            "the trace": self.collector.said_of(headers.get("x-cxai-trace-id", "")),
            "the body": answer.verdict_in_body if answer.cxai else told,
            "the record": (record.decision, record.verified, record.unverified_reason) if record else told,
        }
        return Outcome(
            status=answer.status,
            error=answer.error,
            decision=told[0],
            verified=told[1],
            reason=told[2],
            reads=answer.text.replace(ref, "{ref}") if ref else answer.text,
            case=ref is not None and self.keeps_case(ref),
            recorded=record is not None,
            also={
                **{name: headers[name] for name in ("retry-after",) if name in headers},
                **({"the tool call": "leaves"} if answer.calls else {}),
            },
            disagreements=disagreements(told, sources),
        )

    def ledger(self) -> Ledger:
        return Ledger.open(f"sqlite:///{self.ledger_file}", upgrade=False)

    def record(self, response_id: str | None) -> DecisionRecord | None:
        """What the ledger has; None too where there is no ledger any more."""
        if response_id is None or not self.ledger_file.exists():
            return None
        with suppress(LedgerError), self.ledger() as ledger:
            return ledger.answer(response_id)
        return None

    def keeps_case(self, ref: str) -> bool:
        with self.ledger() as ledger:
            return ledger.escalation(ref) is not None

    def readiness(self) -> httpx.Response:
        return httpx.get(f"{self.url}/readyz", timeout=WAIT_S, trust_env=False)

    def wait_for_readiness(self, wanted: Callable[[httpx.Response], bool]) -> httpx.Response:
        """The report of /readyz once it is as wanted, at the latest after 15 seconds."""
        wait_for(lambda: wanted(self.readiness()))
        return self.readiness()

    def wait_for_judges(self) -> None:
        """Until no claim is being judged any more: a judge's thread may outlive the answer that gave up on it."""
        wait_for(lambda: "\ncxai_judge_queue 0.0" in self._metrics())

    def _metrics(self) -> str:
        return httpx.get(f"{self.url}/metrics", timeout=WAIT_S, trust_env=False).text

    def settings_file(self, **settings: Any) -> Path:
        """The settings that every proxy here has, and these."""
        usual = {
            "upstream": f"{self.provider_server.url}/v1",
            "corpus": "corpus",
            "policies": "policies",
            "database_url": f"sqlite:///{self.ledger_file}",
            "embedding_cache": str(self.folder / "embeddings.sqlite"),
            "port": 0,
        }
        file = self.folder / SETTINGS_FILE
        file.write_text(json.dumps({**usual, **settings}), encoding="utf-8")  # which is YAML too
        return file

    def try_to_start(
        self, *, environment: Mapping[str, str] | None = None, **settings: Any
    ) -> tuple[str, str]:
        """``cxai serve`` where it should refuse to start: its exit status, and what it says."""
        command = cxai_command("serve", "--config", str(self.settings_file(**settings)))
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env={**self.environment, **(environment or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                _, said = process.communicate(timeout=START_S)
            except subprocess.TimeoutExpired:
                process.kill()
                return "it runs", process.communicate()[1]
        return str(process.returncode), said


def disagreements(told: Verdict, sources: Mapping[str, Verdict]) -> tuple[str, ...]:
    """Who says something else about the answer than the customer was told."""
    return tuple(f"{who} says {said}" for who, said in sources.items() if said != told)


Settings = Callable[[Place], Mapping[str, Any]]


@contextmanager
def place_in(folder: Path, settings: Settings | None) -> Iterator[Place]:
    """A place in an empty folder, with a proxy unless ``settings`` is None. Raises StartError."""
    company.settle_in(folder)
    provider, judge, collector = Provider(), Judge(), Collector()
    with ExitStack() as stack:
        provider_server = stack.enter_context(ThreadServer(provider, name="misbehaving provider"))
        judge_server = stack.enter_context(ThreadServer(judge, name="misbehaving judge"))
        traces = stack.enter_context(ThreadServer(collector, name="trace collector"))
        environment = clean_environment(_telemetry(traces.url))
        place = Place(folder, provider, provider_server, judge, judge_server, collector, environment)
        if settings is not None:
            arguments = ["--config", str(place.settings_file(**settings(place)))]
            place.running = stack.enter_context(
                running_proxy(arguments, folder=folder, environment=_telemetry(traces.url))
            )
        yield place


def _telemetry(collector: str) -> dict[str, str]:
    """Traces go to our collector and soon; what the user's own proxy has is out of force."""
    return {
        "OTEL_SDK_DISABLED": "",
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "",
        "OTEL_EXPORTER_OTLP_HEADERS": "",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "OPENAI_API_KEY": "",
    }


def wait_for(condition: Callable[[], bool], most_s: float = WAIT_S) -> bool:
    deadline = time.monotonic() + most_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
