"""Azure's way of asking: the model is a deployment in the path, the version a query, the key a header of its own.

https://learn.microsoft.com/azure/ai-services/openai/reference
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from proxy.wire.errors import InvalidRequest

DOOR = "/openai/deployments/{deployment:str}"

_ADDRESS = re.compile(r"(.*/openai)(?:/deployments/[^/]+)?")
_DEPLOYMENT = re.compile(r"/deployments/[^/?]+(?=/)")


def has_deployments(base_url: str) -> bool:
    """Whether an upstream is shaped like Azure: ``https://NAME.openai.azure.com/openai``, or one deployment below."""
    return bool(_ADDRESS.fullmatch(urlsplit(base_url).path))


def deployment_in(params: Mapping[str, Any]) -> str:
    """The deployment that a door's path names. Raises InvalidRequest where it could lead to another path."""
    name = str(params["deployment"])
    if name.strip(".") == "" or any(sign in name for sign in "/\\%"):
        raise InvalidRequest("This is no name of a deployment.", param="deployment", code="invalid_value")
    return name


def deployment_path(path: str, params: Mapping[str, Any]) -> str:
    """Where the provider is asked, with the client's ``api-version``: ``/deployments/NAME/chat/completions?...``."""
    version = params.get("api-version")
    query = "?" + urlencode({"api-version": version}) if version else ""
    return f"/deployments/{quote(deployment_in(params), safe='')}{path}{query}"


def with_deployment(path: str, name: str) -> str:
    """The path with another deployment, where it names one."""
    return _DEPLOYMENT.sub(lambda _: f"/deployments/{quote(name, safe='')}", path, count=1)


def address_of(base_url: str, path: str, query: str) -> str:
    """The URL of a path below an upstream; ``query`` goes with it where the path's own does not say otherwise.

    A path that names a deployment is asked as it is where the upstream has deployments, whichever the upstream's
    address names. Elsewhere the body names the model, and neither the deployment nor its ``api-version`` is sent.
    """
    base_url = base_url.rstrip("/")
    path, _, own = path.partition("?")
    if named := _DEPLOYMENT.match(path):
        if azure := _ADDRESS.fullmatch(base_url):
            base_url = azure[1]
        else:
            path, own = path[named.end() :], ""
    chosen = {name for name, _ in parse_qsl(own, keep_blank_values=True)}
    settled = [part for part in query.split("&") if part and part.partition("=")[0] not in chosen]
    together = "&".join([*settled, own] if own else settled)
    return base_url + path + (f"?{together}" if together else "")
