"""Azure's paths for the dialects that it shares with everybody: the deployment in the path is the model.

https://learn.microsoft.com/azure/ai-services/openai/reference
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from proxy.wire.azure import DOOR, deployment_in, deployment_path
from proxy.wire.dialects.chat import Chat
from proxy.wire.dialects.completions import Completions
from proxy.wire.dialects.dialect import Asked
from proxy.wire.request_body import parse_json_object


class AzureChat(Chat):
    paths = (f"{DOOR}/chat/completions",)

    def parse(self, raw: bytes, params: Mapping[str, Any]) -> Asked:
        asked = super().parse(_naming_its_model(raw, deployment_in(params)), params)
        return replace(asked, path=deployment_path(asked.path, params))


class AzureCompletions(Completions):
    paths = (f"{DOOR}/completions",)

    def parse(self, raw: bytes, params: Mapping[str, Any]) -> Asked:
        asked = super().parse(_naming_its_model(raw, deployment_in(params)), params)
        return replace(asked, path=deployment_path(asked.path, params))


def _naming_its_model(raw: bytes, model: str) -> bytes:
    """The body with the model that the path names: what has no deployments reads it there, and Azure does not mind."""
    body = parse_json_object(raw)
    return raw if body.get("model") == model else msgspec.json.encode({**body, "model": model})
