"""Every error that a client can meet, OpenAI-shaped: ``{"error": {"message", "type", "param", "code"}}``.

    ProxyError
    ├── InvalidRequest        400  what was wrong with the request, where (``param``), and what to do
    │   └── UnsupportedEncoding 415
    ├── UnknownPath           404  nobody serves it; the message names what there is
    ├── Overloaded            429  too many requests at once; with Retry-After
    ├── ClientLeft            499  nobody reads this one; traces and metrics have it
    ├── UpstreamRejected      the provider's own error, with its status and Retry-After
    ├── UpstreamUnreachable   502  no connection, or cut before the answer was whole
    ├── UpstreamTimeout       504
    └── UpstreamInvalid       502  the provider's answer is not what was asked for

https://platform.openai.com/docs/guides/error-codes
"""

from __future__ import annotations

from typing import Any

import msgspec


class ProxyError(Exception):
    """An error with its HTTP status; ``headers`` go out with it."""

    status = 500
    type = "server_error"
    code: str | None = None

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code or type(self).code
        self.headers: dict[str, str] = {}

    @property
    def reason(self) -> str:
        """Why an answer that it ended is not verified, in a word of ours."""
        return type(self).code or "upstream_error"

    def body(self) -> bytes:
        return msgspec.json.encode(error_object(self.message, self.type, self.param, self.code))


def error_object(
    message: str, kind: str, param: str | int | None = None, code: str | int | None = None
) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


class InvalidRequest(ProxyError):
    status = 400
    type = "invalid_request_error"


class UnknownPath(ProxyError):
    status = 404
    type = "not_found_error"
    code = "unknown_url"


class Overloaded(ProxyError):
    status = 429
    type = "rate_limit_error"
    code = "server_overloaded"


class ClientLeft(ProxyError):
    """With the status that nginx gives it."""

    status = 499
    type = "client_error"
    code = "interrupted"


class UnsupportedEncoding(InvalidRequest):
    status = 415
    code = "unsupported_encoding"


class UpstreamUnreachable(ProxyError):
    status = 502
    type = "upstream_error"
    code = "upstream_unreachable"


class UpstreamTimeout(ProxyError):
    status = 504
    type = "upstream_error"
    code = "upstream_timeout"


class UpstreamInvalid(ProxyError):
    status = 502
    type = "upstream_error"
    code = "upstream_invalid_response"


class UpstreamRejected(ProxyError):
    """The provider answered with an error: its own where it is an OpenAI-shaped one, else one of ours.

    What an error's body holds beside the error does not pass, nor does what the error holds beside its four keys: it
    could be what the model said (Groq's ``failed_generation``), which nobody has judged.
    """

    type = "upstream_error"
    code = "upstream_rejected"

    def __init__(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        super().__init__(f"The model provider answered with HTTP {status}.")
        self.status = status if 400 <= status < 600 else 502
        self.headers = headers
        self._content = content

    def body(self) -> bytes:
        try:
            own = msgspec.json.decode(self._content)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return super().body()
        error = own.get("error") if isinstance(own, dict) else None
        if not isinstance(error, dict) or not _text(error.get("message")):
            return super().body()
        message, kind = _text(error["message"]), _text(error.get("type")) or self.type
        param, code = (_name(error.get(key)) for key in ("param", "code"))
        return msgspec.json.encode(error_object(message, kind, param, code))


def told_in_stream(error: Any) -> ProxyError:
    """The provider's own error in the middle of a stream; what is not OpenAI-shaped is not repeated."""
    told = error if isinstance(error, dict) else {}
    failure = ProxyError(_text(told.get("message")) or "The model provider reported an error.")
    failure.type = _text(told.get("type")) or "upstream_error"
    failure.code = _text(told.get("code")) or None
    return failure


def _name(value: Any) -> str | int | None:
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None


def _text(value: Any) -> str:
    """A text or a number as text; anything else is none."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
