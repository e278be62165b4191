"""What traces call an upstream: its name, whose it is, and where."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

# https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/ (gen_ai.provider.name)
_PROVIDERS = {
    "openai.azure.com": "azure.ai.openai",
    "cognitiveservices.azure.com": "azure.ai.openai",
    "api.openai.com": "openai",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral_ai",
    "api.deepseek.com": "deepseek",
    "api.x.ai": "x_ai",
    "api.perplexity.ai": "perplexity",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "gcp.gemini",
}


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    provider: str
    host: str
    port: int | None


def place_of(name: str, address: str) -> Place:
    url = httpx.URL(address)
    return Place(name, provider_name(url.host), url.host, url.port)


def provider_name(host: str) -> str:
    """The provider by its host; what speaks OpenAI's dialect without being known is called ``openai``."""
    matches = (name for suffix, name in _PROVIDERS.items() if host == suffix or host.endswith("." + suffix))
    return next(matches, "openai")
