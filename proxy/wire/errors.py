"""Every error that a client can meet, OpenAI-shaped: ``{"error": {"message", "type", "param", "code"}}``.

    ProxyError
    ├── InvalidRequest        400  what was wrong with the request, where (``param``), and what to do
    │   ├── UnsupportedEncoding 415
    │   ├── InvalidKey        401  no key, or one that opens nothing
    │   ├── ScopeMissing      403  a key that may not do this
    │   ├── RequestTimeout    408  the request did not arrive in time
    │   └── HeadTooLarge      431
    ├── TooManyRequests       429  a limit of the key, or too many failed attempts; with Retry-After
    │   └── Overloaded             too many requests at once
    ├── LedgerUnavailable     503  records cannot be read or written
    ├── KeysUnavailable       503  the keys could not be read for too long
    ├── UnknownPath           404  nobody serves it; the message names what there is
    ├── UnknownModel          404  none of the upstreams takes it
    ├── ClientLeft            499  nobody reads this one; traces and metrics have it
    ├── UpstreamRejected      the provider's own error, with its status and Retry-After
    ├── UpstreamUnreachable   502  no connection, or cut before the answer was whole
    ├── UpstreamTimeout       504  which phase took too long
    ├── UpstreamsUnavailable  503  all have failed of late, and none is asked before ``Retry-After``
    └── UpstreamInvalid       502  the provider's answer is not what was asked for

https://platform.openai.com/docs/guides/error-codes
"""

from __future__ import annotations

import math
from typing import Any, Literal

import msgspec

# By the setting that sets the limit.
Phase = Literal["connect_timeout_s", "first_byte_timeout_s", "read_timeout_s", "total_timeout_s"]
_TOOK_TOO_LONG: dict[Phase, str] = {
    "connect_timeout_s": "Time ran out connecting to the model provider",
    "first_byte_timeout_s": "Time ran out waiting for the model provider to begin its answer",
    "read_timeout_s": "Time ran out waiting for more of the model provider's answer",
    "total_timeout_s": "The model provider did not finish its answer in time",
}


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


def _retry_after(seconds: float) -> dict[str, str]:
    """In whole seconds, and never at once (RFC 9110, 10.2.3)."""
    return {"retry-after": str(max(1, math.ceil(seconds)))}


class InvalidRequest(ProxyError):
    status = 400
    type = "invalid_request_error"


class UnknownPath(ProxyError):
    status = 404
    type = "not_found_error"
    code = "unknown_url"


class UnknownModel(ProxyError):
    """With the code that OpenAI gives it."""

    status = 404
    type = "invalid_request_error"
    code = "model_not_found"

    def __init__(self, model: str) -> None:
        super().__init__(f"No model provider of this proxy takes the model {model!r}.", param="model")


class ClientLeft(ProxyError):
    """With the status that nginx gives it."""

    status = 499
    type = "client_error"
    code = "interrupted"


class UnsupportedEncoding(InvalidRequest):
    status = 415
    code = "unsupported_encoding"


class InvalidKey(InvalidRequest):
    """As OpenAI words it: ``invalid_request_error`` with ``invalid_api_key``."""

    status = 401
    code = "invalid_api_key"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.headers = {"www-authenticate": "Bearer"}


class ScopeMissing(InvalidRequest):
    status = 403
    type = "permission_error"
    code = "insufficient_scope"


class RequestTimeout(InvalidRequest):
    """What is left of the request would be taken for the next one, so that the connection ends with it."""

    status = 408
    code = "request_timeout"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.headers = {"connection": "close"}


class HeadTooLarge(InvalidRequest):
    status = 431
    code = "headers_too_large"


class TooManyRequests(ProxyError):
    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.headers = _retry_after(retry_after_s)


class Overloaded(TooManyRequests):
    code = "server_overloaded"


class LedgerUnavailable(ProxyError):
    status = 503
    code = "ledger_unavailable"


class KeysUnavailable(ProxyError):
    status = 503
    code = "keys_unavailable"


class UpstreamUnreachable(ProxyError):
    status = 502
    type = "upstream_error"
    code = "upstream_unreachable"


class UpstreamTimeout(ProxyError):
    status = 504
    type = "upstream_error"
    code = "upstream_timeout"

    def __init__(self, phase: Phase) -> None:
        super().__init__(f"{_TOOK_TOO_LONG[phase]} ({phase}).")
        self.phase = phase


class UpstreamsUnavailable(ProxyError):
    """``wait_s`` is the time until one may be asked again."""

    status = 503
    type = "upstream_error"
    code = "upstream_unavailable"

    def __init__(self, wait_s: float) -> None:
        super().__init__("No model provider is available: each has failed several times of late. Try again.")
        self.headers = _retry_after(wait_s)


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
        self.provider_status = status
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
