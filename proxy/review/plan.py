"""How review is done: shares of double reviews, of samples, of seeded items. Settings below ``review:``."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

CANNOT_SETTLE = (
    "I can't settle this here: I'm not sure enough of the right answer, and our colleagues have so many questions "
    "today that I can't promise you one soon. For a binding answer, please contact our customer service."
)

CANNOT_SETTLE_SOON = (
    "I can't settle this here: I'm not sure enough of the right answer. A colleague can, but so many questions wait "
    "just now that it takes {wait}. If you want a person to look at it all the same, ask for one; or contact our "
    "customer service."
)

Share = Annotated[float, Field(ge=0, le=1)]


class ReviewPlan(BaseModel):
    """The settings of review (docs/review.md)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def __str__(self) -> str:
        """What is set, for the list of settings."""
        named = sorted(self.model_fields_set)
        return ", ".join(f"{name}={getattr(self, name)}" for name in named) or "as shipped"

    second_share: Share = 0.1
    """The share of items that a second person reviews without knowing the first one's verdicts; of high risk all."""
    seeded_share: Share = 0.05
    """Outside bursts, the share of items that are seeded ones."""
    burst_every: Annotated[int, Field(ge=1)] = 60
    """A burst of seeded items begins once in so many items of a person's shift."""
    burst_length: Annotated[int, Field(ge=0)] = 10
    """How many items a burst lasts; 0 for none. At its end the person is told what was seeded, and what they caught."""
    burst_share: Share = 0.6
    """Within a burst, the share of items that are seeded ones."""
    bad_share: Share = 0.7
    """Of the seeded items, the share with an error in it."""
    sample_share: Share = 0.02
    """The share of delivered answers that people review, drawn by chance."""
    sample_high_risk_share: Share = 0.1
    """The same of answers that rest on a document of high risk."""
    sample_people_share: Share = 0.1
    """The same of what people answered to cases; who wrote an answer, or worked on its case, is not asked about it."""
    people: Annotated[int, Field(ge=0)] = 0
    """How many people work on cases at a time; 0: unknown, and every case goes to them, however many there are."""
    most_wait_minutes: Annotated[float, Field(gt=0)] = 15
    """How long a case of low risk may wait for people; where it would be longer, it is answered without them."""
    most_wait_medium_minutes: Annotated[float, Field(gt=0)] = 60
    """The same of medium risk; the customer is told how long people take, and may ask for one all the same."""
    call_every_minutes: Annotated[float, Field(gt=0)] = 60
    """How often at most somebody is told that more people are needed."""
    seconds_per_case: Annotated[float, Field(gt=0)] = 300
    """Seconds of honest time for a case, until thirty reviews tell how many it really takes."""
    cannot_settle: Annotated[str, Field(min_length=1)] = CANNOT_SETTLE
    """What the customer reads then, where policy has no words for it."""
    cannot_settle_soon: Annotated[str, Field(min_length=1)] = CANNOT_SETTLE_SOON
    """What the customer of a case of medium risk reads then; `{wait}` becomes how long people take."""

    def most_wait_s(self, risk: str) -> float:
        """How long a case of this risk may wait before its customer hears something else; for ever where it is high."""
        minutes = {"low": self.most_wait_minutes, "medium": self.most_wait_medium_minutes}
        return 60 * minutes.get(risk, math.inf)

    @property
    def most_sampled(self) -> float:
        """The highest probability with which any answer is drawn."""
        return max(self.sample_share, self.sample_high_risk_share)

    def sample_of(self, risk: str) -> float:
        """The probability with which an answer of this risk is drawn."""
        return self.sample_high_risk_share if risk == "high" else self.sample_share
