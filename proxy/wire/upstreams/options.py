"""What is said of an upstream in the settings. A key is never said itself, only where it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

import msgspec
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

Auth = Literal["bearer", "api-key"]
Seconds = Annotated[float, Field(gt=0, le=3600)]
CLIENT: Final = "client"
# The longer one first. An address that ends so was copied from an example of a call.
_ASKED_BELOW = ("/chat/completions", "/completions", "/responses", "/embeddings")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a key is: an environment variable, or a file, which is read again when it has changed."""

    env: str = ""
    file: Path | None = None

    def __str__(self) -> str:
        return f"env {self.env}" if self.env else f"file {self.file}"


def web_address(value: str) -> str:
    """An address below which ``/chat/completions`` lies, without a slash at its end. Raises ValueError."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address such as https://api.openai.com/v1")
    if parts.username or parts.password:
        raise ValueError("must not hold a user or a password; a key has a setting of its own")
    if parts.query or parts.fragment:
        raise ValueError('must end before the "?"; a query that every call needs has a setting of its own')
    address = value.rstrip("/")
    for path in _ASKED_BELOW:
        if parts.path.rstrip("/").endswith(path):
            raise ValueError(f"must end before {path}, which is added to it: {address.removesuffix(path)}")
    return address


def key_place(value: Any) -> KeyPlace | Literal["client"] | None:
    """Where a key is. Raises ValueError, which repeats nothing: it may be the key itself that stands there."""
    if value is None or isinstance(value, KeyPlace):
        return value
    if value == CLIENT:
        return CLIENT
    match dict(value) if isinstance(value, Mapping) else {}:
        case {"env": str(name), **rest} if not rest and _VARIABLE.fullmatch(name):
            return KeyPlace(env=name)
        case {"file": (str() | Path()) as path, **rest} if not rest and path:
            return KeyPlace(file=Path(path))
    raise ValueError(
        'must be {env: NAME}, {file: PATH} or "client"; the key itself never stands in the settings'
    )


def _by_name(value: Any) -> Any:
    """A list of models as the mapping of each to itself."""
    return {name: name for name in value} if isinstance(value, list | tuple) else value


Address = Annotated[str, AfterValidator(web_address)]
ModelName = Annotated[str, Field(min_length=1)]
Models = Annotated[dict[ModelName, ModelName], Field(min_length=1), BeforeValidator(_by_name)]


class UpstreamOptions(BaseModel):
    """One model provider; docs/upstreams.md has the same list for people, and a test keeps the two equal."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,49}$")]
    """What headers, traces, metrics and logs call it: small letters, digits, `.`, `_` and `-`."""
    url: Address
    """Its address, up to and without `/chat/completions`."""
    api_key: Annotated[KeyPlace | Literal["client"] | None, PlainValidator(key_place)] = None
    """Where its key is: `{env: NAME}` or `{file: PATH}`; `client`: each client's own; none: no key goes there."""
    auth: Auth = "bearer"
    """How the key is sent: `bearer`, or for Azure OpenAI `api-key`."""
    query: str = ""
    """A query added to every call, such as `api-version=2024-10-21`."""
    priority: int = 0
    """The lowest is asked first; those with the same take turns."""
    models: Models | None = None
    """The models that it takes: a list, or a mapping of the client's name to the provider's; without it, any."""
    reserved: bool = False
    """Whether only a candidate that names it is answered by it (docs/rehearsal.md#the-candidate)."""
    retries: Annotated[int, Field(ge=0, le=5)] = 0
    """How often the same request may be sent to it again, once every other upstream has been asked too."""
    connect_timeout_s: Seconds | None = None
    """Seconds to wait for a connection; else the setting of that name."""
    first_byte_timeout_s: Seconds | None = None
    """Seconds until its answer begins, before the next is asked; else `read_timeout_s`, and nobody else is asked."""
    read_timeout_s: Seconds | None = None
    """Seconds to wait for its next bytes; else the setting of that name."""
    breaker_failures: Annotated[int, Field(ge=0)] = 5
    """After how many failures in a row it is left alone for a while; 0: never."""
    breaker_open_s: Seconds = 15.0
    """How long it is left alone, before one request tries it."""

    def __str__(self) -> str:
        return f"{self.name} ({self.url}, key: {self.api_key or 'none'})"


class UpstreamList(tuple[UpstreamOptions, ...]):
    """Upstreams, as ``cxai settings`` shows them."""

    def __str__(self) -> str:
        return ", ".join(map(str, self))


def upstream_list(value: Any) -> Any:
    """The list as it was given: in the environment it is JSON. Raises ValueError."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        raise ValueError("must be a list of mappings, in the environment as JSON") from None


def different_names(upstreams: tuple[UpstreamOptions, ...]) -> UpstreamList:
    """Raises ValueError where two are called the same, or all are reserved for candidates."""
    twice = [name for name, count in Counter(one.name for one in upstreams).items() if count > 1]
    if twice:
        raise ValueError(f'must have different names; "{twice[0]}" is there twice')
    if upstreams and all(one.reserved for one in upstreams):
        raise ValueError("must have one that is not reserved for candidates")
    return UpstreamList(upstreams)


def key_files_below(folder: Path, upstreams: Any) -> Any:
    """The list as it stands in a settings file, with its key files meant from where that is."""
    if not isinstance(upstreams, list):
        return upstreams
    return [_key_file_below(folder, one) for one in upstreams]


def _key_file_below(folder: Path, upstream: Any) -> Any:
    place = upstream.get("api_key") if isinstance(upstream, Mapping) else None
    if not isinstance(place, Mapping) or not isinstance(place.get("file"), str):
        return upstream
    return {**upstream, "api_key": {**place, "file": folder / place["file"]}}
