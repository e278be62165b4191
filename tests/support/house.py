"""A proxy with three tenants, real providers behind each, and keys of every kind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from support.provider import Provider
from support.serving import served

from proxy.access.keys import new_key
from proxy.app import create_app
from proxy.ledger.ledger import Ledger
from proxy.settings import Settings

PROVIDER_KEY = "sk-of-the-company"
POLICY = """---
title: Refunds
owner: Finance
effective_from: 2020-01-01
---

# Refunds

Refunds are paid within {days} days of the return.
"""


@dataclass(slots=True)
class House:
    """A running proxy; ``providers`` are the upstreams by tenant, ``keys`` the texts of keys by what they are."""

    url: str
    database_url: str
    providers: dict[str, Provider]
    settings: Settings
    keys: dict[str, str] = field(default_factory=dict)

    def bearer(self, which: str, **more: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.keys[which]}", **more}

    def chat(self, headers: Any, text: str = "When?", **body: Any) -> httpx.Response:
        asked = {"model": "m", "messages": [{"role": "user", "content": text}], **body}
        return httpx.post(f"{self.url}/v1/chat/completions", json=asked, headers=headers, timeout=30)

    def add_key(self, which: str, **options: Any) -> str:
        """Make a key of the running proxy, and wait until it counts."""
        text, key = new_key(which, **options)
        with Ledger.open(self.database_url) as ledger:
            ledger.api_keys.add(key, by="ops")
        self.keys[which] = text
        deadline = time.monotonic() + 10
        while httpx.get(f"{self.url}/readyz", headers=self.bearer(which)).status_code in (401, 429):
            assert time.monotonic() < deadline, "the new key did not come into force"
            time.sleep(0.2)
        return text

    def refused(self, reason: str) -> float:
        """What the metrics count of requests that were not let in."""
        page = httpx.get(f"{self.url}/metrics", headers=self.bearer("metrics")).text
        line = f'cxai_access_refused_total{{reason="{reason}"}} '
        return next((float(found.split()[1]) for found in page.splitlines() if found.startswith(line)), 0.0)


def corpus_of(folder: Path, name: str, days: int) -> Path:
    corpus = folder / name / "corpus"
    corpus.mkdir(parents=True)
    (corpus / f"{name}-refunds.md").write_text(POLICY.format(days=days), encoding="utf-8")
    return corpus


def policies_of(folder: Path, name: str) -> Path:
    policies = folder / name / "policies"
    policies.mkdir()
    (policies / "routes.yaml").write_text(f"routes:\n  - name: of-{name}\n", encoding="utf-8")
    return policies


@contextmanager
def running_house(folder: Path) -> Iterator[House]:
    names = ("default", "acme", "globex")
    providers = {name: Provider() for name in names}
    with ExitStack() as stack:
        upstreams = {name: stack.enter_context(served(providers[name])) + "/v1" for name in names}
        days = {"default": 14, "acme": 7, "globex": 30}
        own = {
            name: {"corpus": corpus_of(folder, name, days[name]), "policies": policies_of(folder, name)}
            for name in names
        }
        database_url = f"sqlite:///{folder / 'ledger.db'}"
        settings = Settings(
            upstream=upstreams["default"],
            upstream_api_key=PROVIDER_KEY,
            database_url=database_url,
            embedding_cache=None,
            log_level="error",
            pass_through=("images/*",),
            tenants={
                "acme": {**own["acme"], "upstream": upstreams["acme"], "upstream_api_key": "sk-of-acme"},
                "globex": {**own["globex"], "upstream": upstreams["globex"]},
            },
            **own["default"],
        )
        keys = every_kind_of_key(database_url)
        url = stack.enter_context(served(create_app(settings)))
        yield House(url, database_url, providers, settings, keys)


def every_kind_of_key(database_url: str) -> dict[str, str]:
    past = datetime.now(UTC) - timedelta(days=1)
    kinds: dict[str, dict[str, Any]] = {
        "usual": {},
        "acme": {"tenant": "acme"},
        "globex": {"tenant": "globex"},
        "gone": {"tenant": "no-longer-there"},
        "expired": {"expires_at": past},
        "revoked": {},
        "chat": {"scopes": ["chat"]},
        "check": {"scopes": ["check"]},
        "provider": {"scopes": ["provider"]},
        "metrics": {"scopes": ["metrics"]},
        "policies": {"scopes": ["policies:read"]},
        "contacts": {"scopes": ["contacts"]},
        "escalations": {"scopes": ["escalations"]},
        "escalations of acme": {"scopes": ["escalations"], "tenant": "acme"},
        "contacts of acme": {"scopes": ["contacts"], "tenant": "acme"},
    }
    texts = {}
    with Ledger.open(database_url) as ledger:
        for which, options in kinds.items():
            texts[which], key = new_key(which, **options)
            ledger.api_keys.add(replace(key, created_at=past) if which == "expired" else key, by="ops")
        ledger.api_keys.revoke(texts["revoked"].split("_")[1], datetime.now(UTC), by="ops")
    return texts
