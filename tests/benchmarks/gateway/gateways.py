"""The gateways that are compared, and how each is started before the loopback provider."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[3]
PEERS = Path(__file__).parent / "peers"
# Where scripts/bench-gateway installs them.
INSTALLED = ROOT / "build" / "bench" / "gateways"
OURS = "CXAI Proxy"
OWN_PYTHON = (
    INSTALLED / "proxy" / "bin" / "python"
)  # without what only tests need, which libraries would load too
KEY = {"authorization": "Bearer sk-loopback"}
OFF, GUARDED = "gpt-4o-mini", "guarded"
ROUTES = f"routes:\n  - {{name: unguarded, match: {{model: '{OFF}'}}, mode: 'off'}}\n  - {{name: guarded}}\n"


@dataclass(frozen=True, slots=True)
class Gateway:
    """Without a ``command`` it runs already. ``first_model`` is what is asked for when its start is timed."""

    name: str
    command: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=lambda: KEY)
    environment: Mapping[str, str] = field(default_factory=dict)
    first_model: str = OFF


Make = Callable[[str, int, Path], Gateway]


def ours_as_installed(provider: str, port: int, folder: Path) -> Gateway:
    """Without what only tests need: libraries would load that too."""
    return ours(provider, port, folder, OWN_PYTHON if OWN_PYTHON.exists() else Path(sys.executable))


def ours(provider: str, port: int, folder: Path, python: Path = Path(sys.executable)) -> Gateway:
    """Both routes in one process: ``mode: off`` is loaded, and the start is timed with an answer that is guarded."""
    policies = folder / "policies"
    policies.mkdir(exist_ok=True)
    (policies / "routes.yaml").write_text(ROUTES, encoding="utf-8")
    command = [
        str(python),
        "-m",
        "proxy.cli",
        "serve",
        "--upstream",
        f"{provider}/v1",
        "--port",
        str(port),
    ]
    folders = ["--corpus", str(ROOT / "policy_corpus"), "--policies", str(policies)]
    ledger = ["--database-url", f"sqlite:///{folder / 'ledger.db'}"]
    return Gateway(OURS, [*command, *folders, *ledger], first_model=GUARDED)


def litellm(provider: str, port: int, folder: Path) -> Gateway:
    """Its price lists are taken from the package, so that nothing outside is asked."""
    local = ("MODEL_COST_MAP", "ANTHROPIC_BETA_HEADERS", "BLOG_POSTS", "AUTOROUTER_PRESETS")
    return Gateway(
        "LiteLLM",
        [
            str(INSTALLED / "litellm" / "bin" / "litellm"),
            *("--config", str(PEERS / "litellm.yaml"), "--host", "127.0.0.1", "--port", str(port)),
            *("--num_workers", "1"),
        ],
        environment={"PROVIDER": f"{provider}/v1", **{f"LITELLM_LOCAL_{name}": "True" for name in local}},
    )


def portkey(provider: str, port: int, folder: Path) -> Gateway:
    server = INSTALLED / "portkey" / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"
    return Gateway(
        "Portkey",
        ["node", str(server), f"--port={port}", "--headless"],
        headers={**KEY, "x-portkey-provider": "openai", "x-portkey-custom-host": f"{provider}/v1"},
        environment={"NODE_ENV": "production"},
    )


PEERS_BY_FOLDER: Mapping[str, Make] = {"litellm": litellm, "portkey": portkey}


def installed() -> tuple[list[Make], list[str]]:
    """The peers that are there, and the names of those that could not be installed."""
    there = {name: (INSTALLED / name / "installed").exists() for name in PEERS_BY_FOLDER}
    return (
        [make for name, make in PEERS_BY_FOLDER.items() if there[name]],
        [name for name in PEERS_BY_FOLDER if not there[name]],
    )
