"""The demo's servers, real ones on loopback: the provider and the CRM in threads, the proxy as ``cxai serve``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from proxy.demo.conversations import Conversation
from proxy.demo.crm import Crm
from proxy.demo.provider import create_provider
from proxy.loopback import HOST, ThreadServer, listening_socket, running_proxy

PROXY_PORT = 8080
PROVIDER_PORT = 8081
CRM_PORT = 8082


@dataclass(frozen=True, slots=True)
class ProxyPlace:
    """Where the proxy runs and keeps its data; ``environment`` makes other ``cxai`` commands see the same data.

    ``policies`` is the folder that it watches.
    """

    url: str
    data: Path
    policies: Path
    environment: dict[str, str]


@contextmanager
def running_provider(
    conversations: Sequence[Conversation], *, port: int = PROVIDER_PORT, token_delay_s: float = 0.0
) -> Iterator[str]:
    """Serves the recorded answers until the block ends; yields the base URL, ``/v1`` included."""
    provider = create_provider(conversations, token_delay_s=token_delay_s)
    with ThreadServer(provider, name="demo provider", port=port) as server:
        yield f"{server.url}/v1"


@contextmanager
def running_crm(crm: Crm, *, port: int = CRM_PORT) -> Iterator[str]:
    """Serves the CRM until the block ends; yields its address."""
    with ThreadServer(crm.app(), name="demo CRM", port=port) as server:
        yield server.url


@contextmanager
def running_demo_proxy(
    *, upstream: str, corpus: Path, policies: Path, data: Path, port: int = PROXY_PORT
) -> Iterator[ProxyPlace]:
    """Serves the proxy until the block ends; everything that it writes is under ``data``."""
    with listening_socket(port) as bound:
        free = bound.getsockname()[1]
    environment = {"CXAI_DATABASE_URL": f"sqlite:///{data / 'cxai.db'}"}
    arguments = ["--upstream", upstream, "--corpus", str(corpus), "--policies", str(policies)]
    arguments += ["--host", HOST, "--port", str(free)]
    with running_proxy(arguments, folder=data, environment=environment) as running:
        yield ProxyPlace(running.url, data, policies, environment)
