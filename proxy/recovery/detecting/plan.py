"""How failures are looked for. Settings below ``recovery:``."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Days = Annotated[float, Field(gt=0, le=365)]


class DetectingPlan(BaseModel):
    """The settings of how failures are found (docs/recovery.md)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def __str__(self) -> str:
        """What is set, for the list of settings."""
        named = sorted(self.model_fields_set)
        return ", ".join(f"{name}={getattr(self, name)}" for name in named) or "as shipped"

    look_every_s: Annotated[float, Field(ge=1, le=86_400)] = 60
    """Seconds between two looks at the ledger."""
    repeat_days: Days = 7
    """Days after an answer in which a complaint, a refund or another contact on its topic suggests that it failed."""
    quiet_days: Days = 14
    """Days without another contact on its topic after which a corrected failure counts as restored by proxy."""
    context_hours: Annotated[float, Field(gt=0, le=720)] = 24
    """Hours after an answer in which a fresh reading shows that the context it was given in was out of date."""

    @property
    def repeat_within(self) -> timedelta:
        return timedelta(days=self.repeat_days)

    @property
    def quiet(self) -> timedelta:
        return timedelta(days=self.quiet_days)

    @property
    def context_within(self) -> timedelta:
        return timedelta(hours=self.context_hours)
