"""What tests of the doors start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from conftest import SHIPPED_CORPUS, RunningProxy, ledger_in, running_proxy
from support.judged import Judged, StartJudged
from support.provider import Provider
from support.serving import served
from support.tool_calls import RULES

from proxy.app import create_app
from proxy.grounding.types import Verifier
from proxy.settings import Settings
from proxy.wire.services import Services


@pytest.fixture
def start_judged(tmp_path: Path) -> Iterator[StartJudged]:
    """A proxy whose verifier is given."""
    with ExitStack() as stack:

        def start(verifier: Verifier | None = None, *, route: str = "", **settings: Any) -> Judged:
            folder = tmp_path / "policies"
            folder.mkdir()
            (folder / "routes.yaml").write_text(f"routes:\n  - name: all\n{route}", encoding="utf-8")
            provider, database_url = Provider(), ledger_in(tmp_path)
            upstream = (
                settings.pop("upstream", None) or stack.enter_context(served(provider, drain_s=0)) + "/v1"
            )
            chosen = Settings(
                upstream=upstream, corpus=SHIPPED_CORPUS, policies=folder, database_url=database_url,
                log_level="error", **settings,
            )  # fmt: skip
            app = create_app(chosen)
            services: Services = app.state.services
            if verifier is not None:
                object.__setattr__(services.guard, "verifier", verifier)
            url = stack.enter_context(served(app))
            return Judged(RunningProxy(url, provider, database_url, folder, SHIPPED_CORPUS), services, app)

        yield start


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    """One proxy with these rules for the whole module."""
    with running_proxy(tmp_path_factory.mktemp("rules"), rules=RULES) as running:
        yield running
