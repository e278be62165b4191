"""``policies/launch.yaml`` to ``LaunchOptions``: what must be shown in rehearsal before automation answers customers.

unsupported_delivered: {most: 0.01, with_people: 0.05}
recovery: {least: 0.8}
segments:
  refunds: {min_n: 300}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, Strict, model_validator

from proxy.rules.match import Written
from proxy.rules.problems import PolicyFile, Reading

FILE_NAMES = ("launch.yaml", "launch.yml")
Share = Annotated[float, Strict(), Field(ge=0, le=1)]
Confidence = Annotated[float, Strict(), Field(ge=0.5, lt=1)]
Count = Annotated[int, Strict(), Field(ge=1)]


class AtMost(Written):
    """A share that must be shown to be no higher."""

    most: Share
    """Automation alone: the highest share."""
    with_people: Share | None = None
    """With people in front of every answer: the highest share. `null`: the same."""

    @model_validator(mode="after")
    def _looser_with_people(self) -> Self:
        if self.with_people is not None and self.with_people < self.most:
            raise ValueError(f"with_people must not be below most ({self.most:g}): people let less through")
        return self


class AtLeast(Written):
    """A share that must be shown to be no lower."""

    least: Share
    """Automation alone: the lowest share."""
    with_people: Share | None = None
    """With people in front of every answer: the lowest share. `null`: the same."""

    @model_validator(mode="after")
    def _looser_with_people(self) -> Self:
        if self.with_people is not None and self.with_people > self.least:
            raise ValueError(f"with_people must not be above least ({self.least:g}): people let less through")
        return self


class Criteria(Written):
    """What holds for one segment, or for all that have none of their own."""

    unsupported_delivered: AtMost | None = AtMost(most=0.01, with_people=0.05)
    """The share of answers that were delivered with something unsupported."""
    wrongful_block: AtMost | None = AtMost(most=0.05, with_people=0.15)
    """The share of true answers that were kept from the customer."""
    recovery: AtLeast | None = AtLeast(least=0.8, with_people=0.5)
    """The share of failures that was put right in time."""
    gaps_allowed: Annotated[int, Strict(), Field(ge=0)] = 0
    """How many gaps between suite and production automation alone may be launched with."""
    min_n: Count = 100
    """How many cases each criterion needs before it is met; few are enough to break it."""

    def limits(self) -> Iterator[tuple[str, AtMost | AtLeast]]:
        """The criteria that are asked, by name; `null` in the file asks nothing."""
        for name in type(self).model_fields:
            limit = getattr(self, name)
            if isinstance(limit, AtMost | AtLeast):
                yield name, limit


class LaunchOptions(Criteria):
    """The criteria of all segments, and of some."""

    confidence: Confidence = 0.95
    """How sure each criterion must be shown, one-sided."""
    segments: dict[str, Criteria] = Field(default_factory=dict)
    """Segments with criteria of their own; what they leave out is as above."""

    def of(self, segment: str) -> Criteria:
        """What holds for a segment: its own criteria over those of all."""
        shared = {name: getattr(self, name) for name in Criteria.model_fields}
        own = self.segments.get(segment)
        return Criteria(
            **shared | {name: getattr(own, name) for name in own.model_fields_set} if own else shared
        )


BUILT_IN_LAUNCH = LaunchOptions()


class LaunchReading(Reading):
    """One reading of the file; with mistakes, what is built in and ``problems``."""

    def launch(self, path: str, text: str) -> LaunchOptions:
        file = self.parse(path, text, tuple(LaunchOptions.model_fields))
        if file is None:
            return BUILT_IN_LAUNCH
        return self._options(file)

    def _options(self, file: PolicyFile) -> LaunchOptions:
        known = {key: value for key, value in file.data.items() if key in LaunchOptions.model_fields}
        return self._valid(LaunchOptions, known, file, (), "") or BUILT_IN_LAUNCH
