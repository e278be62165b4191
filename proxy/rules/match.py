"""Which requests something in a policies file is for; and what all that stands in such files has in common."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Patterns = tuple[str, ...]


def _as_patterns(value: Any) -> Any:
    """One glob may be written without a list."""
    return (value,) if isinstance(value, str) else value


Globs = Annotated[Patterns, BeforeValidator(_as_patterns), Field(min_length=1)]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]


class Written(BaseModel):
    """Something that stands in a policies file: what it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


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
        return all(_any_fits(patterns, value) for patterns, value in asked)

    @property
    def fits_everything(self) -> bool:
        return all("*" in patterns for patterns in (self.model, self.channel, self.audience))


def _any_fits(patterns: Sequence[str], value: str) -> bool:
    return any(fnmatchcase(value.lower(), pattern.lower()) for pattern in patterns)
