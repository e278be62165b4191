"""What a verifier's options have in common, and their mistakes in words. Each verifier's own stand in its file.

A key is never an option: ``key_variable`` names the environment variable that holds it, so that no settings file,
no ``cxai settings`` and no error message can show one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from proxy.grounding.types import VerifierError

Chosen = TypeVar("Chosen", bound=BaseModel)


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address such as http://127.0.0.1:8080")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError('must be an address without a user, a password, a "?" or a "#"')
    return value.rstrip("/")


def _variable(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", value):
        raise ValueError(
            "must be the name of an environment variable, such as JUDGE_API_KEY, not the key itself"
        )
    return value


Address = Annotated[str, AfterValidator(_address)]
VariableName = Annotated[str, AfterValidator(_variable)]
Seconds = Annotated[float, Field(gt=0, le=600)]
Share = Annotated[float, Field(ge=0, le=1)]


class Options(BaseModel):
    """The options of one kind of verifier; each kind adds its own ``kind: Literal[...]``."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    def __str__(self) -> str:
        """As ``cxai settings`` shows them: the kind, and what is not the default."""
        given = self.model_dump(mode="json", exclude_defaults=True, exclude={"kind"})
        kind = getattr(self, "kind", "on")
        return f"{kind} ({', '.join(f'{name}: {value}' for name, value in given.items())})" if given else kind


class EndpointOptions(Options):
    """How an HTTP endpoint is asked."""

    timeout_s: Seconds = 3.0
    """Seconds that one claim may take, waiting for a free place included; keep it below the route's `judge_s`."""
    at_once: Annotated[int, Field(ge=1, le=256)] = 8
    """How many questions may be open at the same time, in each worker; more wait, within `timeout_s`."""
    key_variable: VariableName | None = None
    """The environment variable that holds the key or token, sent as `Authorization: Bearer`; none where not needed."""


def key_from(variable: str | None, environment: Mapping[str, str] | None = None) -> SecretStr | None:
    """The key that the environment variable holds. Raises VerifierError where it is named and not set."""
    if variable is None:
        return None
    value = (os.environ if environment is None else environment).get(variable, "").strip()
    if not value:
        raise VerifierError(f'the environment variable "{variable}" is not set; "key_variable" names it')
    return SecretStr(value)


def read_options(model: type[Chosen], given: Mapping[str, Any]) -> Chosen:
    """Validated options. Raises ValueError with every mistake in words; values, which may be keys, are not repeated."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise ValueError("; ".join(_in_words(detail, model) for detail in details)) from None


def nearest(word: str, allowed: Sequence[str]) -> str:
    """``; did you mean "url"?`` where something is near, else the list of what is allowed."""
    near = get_close_matches(word, allowed, n=1, cutoff=0.6)
    if near:
        return f'; did you mean "{near[0]}"?'
    return "; allowed: " + ", ".join(f'"{name}"' for name in allowed)


def _in_words(detail: ErrorDetails, model: type[BaseModel]) -> str:
    key = ".".join(map(str, detail["loc"]))
    match detail["type"]:
        case "extra_forbidden":
            return f'unknown key "{key}"{nearest(key, list(model.model_fields))}'
        case "missing":
            return f'key "{key}" is missing'
        case "value_error":
            return f'"{key}" {detail["ctx"]["error"]}' if key else str(detail["ctx"]["error"])
    wish = detail["msg"].removeprefix("Input should").partition(", unable to parse")[0].strip()
    return f'"{key}" should {wish}'
