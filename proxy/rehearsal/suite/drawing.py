"""Suites drawn from a suite by a stated process: which share of each segment, how many, and by which seed.

``draws.yaml`` beside a suite names processes, such as a pilot that people pick and the production that comes:

    production: {number: 40, mix: {billing: 0.3, roaming: 0.7}, with: [typos=0.3]}
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from random import Random
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from proxy.rehearsal.suite.model import Conversation, Head, Sampling
from proxy.rehearsal.suite.reading import Suite, SuiteError

FILE = "draws.yaml"
Share = Annotated[float, Field(gt=0, le=1)]


class Draw(BaseModel):
    """``mix`` are shares of segments, which sum to 1. ``operators`` are those that the suite is to be played with."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    number: int = Field(ge=1)
    mix: Mapping[str, Share]
    operators: tuple[str, ...] = Field(default=(), alias="with")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if abs(sum(self.mix.values()) - 1) > 1e-6:
            raise ValueError(f"the shares of mix sum to {sum(self.mix.values()):g}, not to 1")
        return self


_DRAWS = TypeAdapter(dict[str, Draw])


def read_draws(folder: Path) -> dict[str, Draw]:
    """The processes in this folder's ``draws.yaml``. Raises SuiteError."""
    file = folder / FILE
    try:
        return _DRAWS.validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise SuiteError(f"{file}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise SuiteError(f"{file}: {error}") from None
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        raise SuiteError(f"{file}: {'.'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None


def drawn(
    suite: Suite, name: str, draw: Draw, seed: int, without: Collection[str] = ()
) -> tuple[Head, list[Conversation]]:
    """The suite that this process draws, each conversation once; ``without`` are ids of conversations to leave out.

    First a segment is drawn by the mix, of those that have any left, then one of its conversations.

    Raises:
        SuiteError: a segment has no conversation, or there are too few of them.
    """
    random = Random(f"{name}:{seed}")
    every = [one for one in suite.conversations() if one.segment in draw.mix]
    if lacking := [segment for segment in draw.mix if all(one.segment != segment for one in every)]:
        raise SuiteError(f"{suite.file}: no conversation is of the segment {', '.join(lacking)}")
    left: dict[str, list[Conversation]] = {segment: [] for segment in draw.mix}
    for one in every:
        if one.id not in without:
            left[str(one.segment)].append(one)
    total = sum(map(len, left.values()))
    if total < draw.number:
        raise SuiteError(
            f"{suite.file}: {draw.number} conversations are to be drawn, and {total} are there to draw from"
        )
    taken = []
    for _ in range(draw.number):
        segments = [segment for segment, them in left.items() if them]
        [segment] = random.choices(segments, [draw.mix[one] for one in segments])
        taken.append(left[segment].pop(random.randrange(len(left[segment]))))
    return _head(suite, name, draw, seed, total), sorted(taken, key=lambda one: one.id)


def _head(suite: Suite, name: str, draw: Draw, seed: int, total: int) -> Head:
    mix = ", ".join(f"{segment} {share:.0%}" for segment, share in draw.mix.items())
    sampling = Sampling(taken=draw.number, of=total, seed=seed, how=f"drawn by segment: {mix}")
    return suite.head.model_copy(update={"suite": f"{suite.head.suite}-{name}", "sampling": sampling})
