"""A request's body as JSON, and what is wrong with it in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, ValidationError

from proxy.actions.json_gate import JsonOutput
from proxy.rules.mistakes import suggestion
from proxy.wire.errors import InvalidRequest

JsonObject = dict[str, Any]
Shape = TypeVar("Shape", bound=BaseModel)

MOST_DEPTH = 350  # lists and objects within each other; what nests much deeper would end in a RecursionError
TOO_DEEP = f"The request body is nested too deeply: at most {MOST_DEPTH} lists and objects within each other."


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)
    include_usage: bool | None = None


def read_request(body: JsonObject, shape: type[Shape], *, within: str = "") -> Shape:
    """The body, checked. Raises InvalidRequest that names what is wrong, where, and what to do.

    ``within`` is the place of what is only a part of the body, such as ``[3]``.
    """
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        raise _invalid(error, within, shape) from None


def not_streamed(body: JsonObject) -> JsonObject:
    """The same request for a whole answer."""
    return {key: value for key, value in body.items() if key not in ("stream", "stream_options")}


def json_output_of(wanted: Mapping[str, Any], *, described: Any) -> JsonOutput | None:
    """What a request's format of an answer says, where it is JSON; ``described`` is what holds the schema.

    https://platform.openai.com/docs/guides/structured-outputs
    """
    if wanted.get("type") == "json_object":
        return JsonOutput()
    if wanted.get("type") != "json_schema":
        return None
    schema = described.get("schema") if isinstance(described, Mapping) else None
    return JsonOutput(schema if isinstance(schema, Mapping) else None)


def parse_json_object(raw: bytes) -> JsonObject:
    """The body as a JSON object. Raises InvalidRequest."""
    body = parse_json(raw)
    if not isinstance(body, dict):
        raise InvalidRequest("The request body must be a JSON object.", code="invalid_json")
    return body


def parse_json(raw: bytes) -> Any:
    """The body as JSON. Raises InvalidRequest."""
    try:
        body = msgspec.json.decode(raw)
    except RecursionError:
        raise InvalidRequest(TOO_DEEP, code="invalid_json") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"The request body is not valid JSON: {error}", code="invalid_json") from None
    if isinstance(body, dict | list):
        _expect_depth(body)
    return body


def _expect_depth(body: JsonObject | list[Any]) -> None:
    """Level by level, without recursion. Raises InvalidRequest."""
    level: list[Any] = [body]
    for _ in range(MOST_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise InvalidRequest(TOO_DEEP, code="invalid_json")


def _invalid(error: ValidationError, within: str, shape: type[BaseModel]) -> InvalidRequest:
    """The first finding of pydantic as an OpenAI-shaped error; values are not repeated, they may be personal."""
    finding = error.errors(include_url=False, include_input=False)[0]
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in finding["loc"])
    place = (within + "".join(parts)).lstrip(".")
    message = finding["msg"]
    if finding["type"] == "extra_forbidden" and len(finding["loc"]) == 1:
        message = f"there is no such field{suggestion(str(finding['loc'][0]), list(shape.model_fields))}"
    return InvalidRequest(f"Invalid value for {place!r}: {message}.", param=place, code="invalid_value")
