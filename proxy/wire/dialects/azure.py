"""Azure's paths for the dialects that it shares with everybody: the deployment in the path is the model.

https://learn.microsoft.com/azure/ai-services/openai/reference
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from proxy.wire.azure import DOOR, deployment_in, deployment_path
from proxy.wire.dialects.chat import Chat
from proxy.wire.dialects.chat_request import chat_request
from proxy.wire.dialects.completions import Completions, completions_request
from proxy.wire.dialects.dialect import Asked
from proxy.wire.request_body import parse_json_object

JsonObject = dict[str, Any]


class AzureChat(Chat):
    paths = (f"{DOOR}/chat/completions",)

    def parse(self, raw: bytes, params: Mapping[str, Any]) -> Asked:
        return _of_deployment(chat_request, raw, params)


class AzureCompletions(Completions):
    paths = (f"{DOOR}/completions",)

    def parse(self, raw: bytes, params: Mapping[str, Any]) -> Asked:
        return _of_deployment(completions_request, raw, params)


def _of_deployment(
    read: Callable[[bytes, JsonObject], Asked], raw: bytes, params: Mapping[str, Any]
) -> Asked:
    """With the model that the path names: what has no deployments reads it in the body, and Azure does not mind."""
    model, body = deployment_in(params), parse_json_object(raw)
    if body.get("model") != model:
        body = {**body, "model": model}
        raw = msgspec.json.encode(body)
    asked = read(raw, body)
    return replace(asked, path=deployment_path(asked.path, params))
