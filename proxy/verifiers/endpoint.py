"""An HTTP endpoint that judges: JSON out, JSON in, within a time limit, so many questions at once.

What goes wrong becomes an ``EndpointError`` that names the endpoint, never what was sent or the key.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from typing import Any

import httpx

from proxy.grounding.types import VerifierError
from proxy.outgoing import KEPT_S, no_cookies, tls

MOST_BYTES = 4_000_000  # of an answer
_CODE = re.compile(r"[\w.-]{1,60}")


class EndpointError(VerifierError):
    """The endpoint gave no usable answer. ``spent`` says whether it may have worked, and be paid, all the same."""

    def __init__(self, message: str, *, spent: bool) -> None:
        super().__init__(message)
        self.spent = spent


class Endpoint:
    """One base address. ``timeout_s`` covers the wait for one of ``at_once`` places, connecting and the whole answer;
    requests that are given the same ``deadline`` share it.

    Each place is a thread, so that the caller's limit holds even where the other side drips its answer byte by byte;
    such a place is free again a while later. Connecting is tried twice, everything else once. Thread-safe.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float,
        at_once: int,
        headers: Mapping[str, str] | None = None,
        query: str = "",
    ) -> None:
        self.url = url
        self.timeout_s = timeout_s
        self._query = f"?{query}" if query else ""
        self._client = httpx.Client(
            headers={"accept": "application/json", **(headers or {})},
            timeout=timeout_s,
            cookies=no_cookies(),
            transport=httpx.HTTPTransport(
                verify=tls(), retries=1, limits=httpx.Limits(max_connections=at_once, keepalive_expiry=KEPT_S)
            ),
        )
        self._places = ThreadPoolExecutor(at_once, thread_name_prefix="endpoint")

    def deadline(self) -> float:
        """When what begins now has to be over, on the clock ``time.monotonic``."""
        return time.monotonic() + self.timeout_s

    def get(self, path: str) -> Any:
        return self._ask("GET", path, None, self.deadline())

    def post(self, path: str, body: Any, deadline: float | None = None) -> Any:
        """The JSON that the endpoint answers with. Raises EndpointError."""
        # Escaped by json.dumps, so that a half of a surrogate pair, which has no encoding, can be sent too.
        return self._ask("POST", path, json.dumps(body).encode(), deadline or self.deadline())

    def close(self) -> None:
        self._places.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def _ask(self, method: str, path: str, body: bytes | None, deadline: float) -> Any:
        future = self._submit(method, path, body)
        try:
            return future.result(timeout=max(0.0, deadline - time.monotonic()))
        except NotInTime as late:
            waiting = future.cancel()
            what = "all its places are taken" if waiting else "no answer"
            raise self._error(path, f"{what} within {self.timeout_s:g} s", spent=not waiting) from late

    def _submit(self, method: str, path: str, body: bytes | None) -> Future[Any]:
        try:
            return self._places.submit(self._exchange, method, path, body)
        except RuntimeError:
            raise self._error(path, "it is closed", spent=False) from None

    def _exchange(self, method: str, path: str, body: bytes | None) -> Any:
        headers = {"content-type": "application/json"} if body is not None else {}
        try:
            with self._client.stream(
                method, f"{self.url}{path}{self._query}", content=body, headers=headers
            ) as response:
                content = self._read(path, response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise self._error(path, f"cannot be reached ({type(error).__name__})", spent=False) from error
        except httpx.TimeoutException as error:  # a moment before the caller's own limit
            late = TimeoutError(str(error))  # what httpx raises is none
            raise self._error(path, f"no answer within {self.timeout_s:g} s", spent=True) from late
        except httpx.HTTPError as error:
            raise self._error(path, f"the connection failed ({type(error).__name__})", spent=True) from error
        if not response.is_success:
            raise self._error(path, f"status {response.status_code}{_code(content)}", spent=False)
        return self._decoded(path, content)

    def _read(self, path: str, response: httpx.Response) -> bytes:
        content, ends = bytearray(), time.monotonic() + self.timeout_s
        for piece in response.iter_bytes():
            content += piece
            if time.monotonic() > ends:  # nobody waits for it any more
                what = f"no whole answer within {self.timeout_s:g} s"
                raise self._error(path, what, spent=True) from TimeoutError()
            if len(content) > MOST_BYTES:
                raise self._error(path, f"the answer is longer than {MOST_BYTES} bytes", spent=True)
        return bytes(content)

    def _decoded(self, path: str, content: bytes) -> Any:
        try:
            return json.loads(content)
        except ValueError:
            raise self._error(path, "the answer is not JSON", spent=True) from None

    def _error(self, path: str, what: str, *, spent: bool) -> EndpointError:
        return EndpointError(f"{self.url}{path}: {what}", spent=spent)


def _code(content: bytes) -> str:
    """The error's short name (OpenAI's ``error.code``, TEI's ``error_type``); its text may quote what was sent."""
    try:
        data = json.loads(content)
        inner = data.get("error")
        names = (
            [inner.get("code"), inner.get("type")] if isinstance(inner, dict) else [data.get("error_type")]
        )
    except (ValueError, AttributeError):
        return ""
    return next((f" ({name})" for name in names if isinstance(name, str) and _CODE.fullmatch(name)), "")
