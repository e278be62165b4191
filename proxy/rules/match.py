"""Which requests something in a policies file is for; and what all that stands in such files has in common."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from proxy.rules.facts import RequestFacts

Patterns = tuple[str, ...]


def as_list(value: Any) -> Any:
    """One entry may be written without a list."""
    return (value,) if isinstance(value, str) else value


Globs = Annotated[Patterns, BeforeValidator(as_list), Field(min_length=1)]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]


class Written(BaseModel):
    """Something that stands in a policies file: what it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Match(Written):
    """Which requests a route or a rule is for: globs (``*``, ``?``), case ignored; what is left out fits everything."""

    model: Globs = ("*",)
    """The model that the client asked for."""
    channel: Globs = ("*",)
    """The header `x-cxai-channel` (`chat` where it is missing)."""
    audience: Globs = ("*",)
    """The header `x-cxai-audience` (`customer` where it is missing)."""

    def fits(self, *, model: str, channel: str, audience: str) -> bool:
        asked = ((self.model, model), (self.channel, channel), (self.audience, audience))
        return all(any_fits(patterns, value) for patterns, value in asked)

    @property
    def fits_everything(self) -> bool:
        return all("*" in getattr(self, key) for key in type(self).model_fields)


class RuleMatch(Match):
    """Which requests a rule is for: as in a route, and by what routes are not chosen by."""

    route: Globs = ("*",)
    """The name of the route that treats it."""
    tenant: Globs = ("*",)
    """The tenant that its API key belongs to."""

    def fits_request(self, request: RequestFacts) -> bool:
        return (
            self.fits(model=request.model, channel=request.channel, audience=request.audience)
            and any_fits(self.route, request.route)
            and any_fits(self.tenant, request.tenant)
        )


def any_fits(patterns: Sequence[str], value: str) -> bool:
    return any(fnmatchcase(value.lower(), pattern.lower()) for pattern in patterns)
