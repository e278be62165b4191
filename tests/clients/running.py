"""Runs a client's program against a proxy (``cxai serve``) that has the clients' provider behind it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from clients.registry import NODE, NODE_PROGRAMS, Client
from clients.upstream import CONVERSATION, KEY, ClientsProvider
from support.serving import served

from proxy.demo.servers import running_demo_proxy

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 180
DOORS = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "completions": "/v1/completions",
    "azure": f"/openai/deployments/{CONVERSATION['model']}/chat/completions?api-version=2024-10-21",
}
NOT_INSTALLED = ("ModuleNotFoundError", "ERR_MODULE_NOT_FOUND")
# What some clients would fetch from or report to the internet by themselves.
AT_HOME = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "OPENAI_AGENTS_DISABLE_TRACING": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "LANGSMITH_TRACING": "false",
}


@dataclass(frozen=True, slots=True)
class Place:
    """``url`` is what the clients are pointed at; ``doors`` are those that it has."""

    url: str
    doors: frozenset[str]


@dataclass(slots=True)
class Run:
    """What a program told, by case.

    ``not_run`` says why it could not be run, ``broke_off`` why it did not end well.
    """

    package: str = ""
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    not_run: str = ""
    broke_off: str = ""


@contextmanager
def serving() -> Iterator[Place]:
    """A proxy with the shipped policies, and the provider behind it, until the block ends."""
    with served(ClientsProvider()) as provider, tempfile.TemporaryDirectory(prefix="cxai-clients-") as data:
        upstream, corpus, policies = f"{provider}/v1", ROOT / "policy_corpus", ROOT / "policies"
        with running_demo_proxy(
            upstream=upstream, corpus=corpus, policies=policies, data=Path(data), port=0
        ) as proxy:
            doors = (name for name, path in DOORS.items() if _is_there(proxy.url + path))
            yield Place(proxy.url, frozenset(doors))


def _is_there(door: str) -> bool:
    """A door that is there complains about an empty request; one that is not answers 404."""
    return httpx.post(door, json={}, timeout=10, trust_env=False).status_code != httpx.codes.NOT_FOUND


def door_of(client: Client, case: str) -> str:
    return next((door for door in ("responses", "completions") if case.startswith(door)), client.door)


def run(client: Client, place: Place, cases: Sequence[str]) -> Run:
    """Let the program try ``cases``, but for those whose door is not there."""
    if not client.environment.is_there:
        return Run(not_run="is not installed")
    if client.environment is NODE:
        lay_node_programs()
    skipped = [case for case in cases if door_of(client, case) not in place.doors]
    try:
        done = subprocess.run(
            [client.environment.command, client.program],
            cwd=client.environment.programs,
            env=_environment(place, skipped),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        return Run(broke_off=f"did not end within {TIMEOUT_S} s")
    return _read(done)


def lay_node_programs() -> None:
    for path in (*NODE_PROGRAMS.glob("*.mjs"), NODE_PROGRAMS.parent / "conversation.json"):
        shutil.copy(path, NODE.programs)


def _environment(place: Place, skipped: list[str]) -> dict[str, str]:
    """Ours, without the settings of the user's own clients and proxy."""
    own = ("OPENAI_", "AZURE_", "CXAI_", "PYTHONPATH", "NODE_", "LANGCHAIN_", "HTTP_PROXY", "http_proxy")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    asked = {"BASE_URL": f"{place.url}/v1", "KEY": KEY, "SKIP": " ".join(skipped)}
    return {**inherited, **AT_HOME, **asked}


def _read(done: subprocess.CompletedProcess[str]) -> Run:
    if done.returncode and not done.stdout and any(word in done.stderr for word in NOT_INSTALLED):
        return Run(not_run="is not installed")
    told = [
        json.loads(line) for line in done.stdout.splitlines() if line.startswith(('{"case"', '{"package"'))
    ]
    package = next((line["package"] for line in told if "package" in line), "")
    seen = {line.pop("case"): line for line in told if "case" in line}
    broke_off = f"ended with status {done.returncode}: {_complaint(done.stderr)}" if done.returncode else ""
    return Run(package, seen, broke_off=broke_off)


def _complaint(stderr: str) -> str:
    """The line that names the error; Node says its own version after it."""
    lines = stderr.strip().splitlines()
    return next((line for line in reversed(lines) if "Error" in line), lines[-1] if lines else "no complaint")
