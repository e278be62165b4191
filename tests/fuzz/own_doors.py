"""The proxy's own doors as an OpenAPI document: what docs/api.md says of them, for Schemathesis to try."""

from __future__ import annotations

from typing import Any

from proxy.wire.check import CheckRequest

JsonObject = dict[str, Any]

TEXT = {"type": "string"}
ASKING = ("x-cxai-customer-id", "x-cxai-channel", "x-cxai-audience", "x-cxai-jurisdiction", "x-cxai-as-of")
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {"message": {"type": "string", "minLength": 1}, "type": TEXT},
        }
    },
}
CXAI = {
    "type": "object",
    "required": ["response_id", "decision", "verified", "unverified_reason", "confidence", "claims", "escalation"],
    "properties": {
        "decision": {"enum": ["deliver", "rewrite", "escalate", "refuse"]},
        "verified": {"type": "boolean"},
        "claims": {"type": "array", "items": {"type": "object", "required": ["text", "verdict", "action"]}},
        "escalation": {"type": "null"},
    },
    "if": {"properties": {"verified": {"const": True}}},
    "then": {"properties": {"unverified_reason": {"type": "null"}, "claims": {"minItems": 1}}},
    "else": {"properties": {"unverified_reason": TEXT}},
}  # fmt: skip


def document() -> JsonObject:
    asked = {"application/json": {"schema": CheckRequest.model_json_schema()}}
    response_id = {"name": "response_id", "in": "path", "required": True, "schema": TEXT}
    stream = {"name": "stream", "in": "query", "schema": TEXT}
    return {
        "openapi": "3.1.0",
        "info": {"title": "The proxy's own doors", "version": "1"},
        "paths": {
            "/v1/guard/check": {
                "post": {
                    "parameters": [_header(name) for name in ASKING],
                    "requestBody": {"required": True, "content": asked},
                    "responses": _answers(
                        400, 413, 415, good=_json(CXAI, "x-cxai-decision", "x-cxai-verified")
                    ),
                }
            },
            "/v1/responses/{response_id}": {
                "parameters": [response_id, _header("x-cxai-customer-id"), _header("authorization")],
                "get": {"parameters": [stream], "responses": _answers(400, 404)},
                "delete": {"responses": _answers(400, 404)},
            },
            "/healthz": {"get": {"responses": _answers()}},
            "/readyz": {"get": {"responses": _answers()}},
            "/metrics": {
                "get": {
                    "parameters": [_header("accept")],
                    "responses": {"200": {"description": "for Prometheus"}},
                }
            },
        },
    }


def _header(name: str) -> JsonObject:
    return {"name": name, "in": "header", "schema": TEXT}


def _answers(*errors: int, good: JsonObject | None = None) -> JsonObject:
    """``default`` is what Schemathesis gets for methods and paths that are not there."""
    named = ("x-cxai-verified", "x-cxai-unverified-reason", "x-cxai-trace-id")
    return {"200": good or _json({"type": "object"})} | {
        str(status): _json(ERROR, *named) for status in errors
    }


def _json(schema: JsonObject, *headers: str) -> JsonObject:
    required = {name: {"required": True, "schema": TEXT} for name in headers}
    return {"description": "told", "headers": required, "content": {"application/json": {"schema": schema}}}
