"""What commands with long jobs share: where the parts are done, and a line that says how far it is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

from proxy.commands.options import CommandError

if TYPE_CHECKING:
    from proxy.jobs.forecast import Forecast
    from proxy.jobs.pools import Opening, Pool

Part = TypeVar("Part")
Came = TypeVar("Came")


def pool_of(
    opening: Opening[Part, Came], *, workers: int | None, ray: str | None, is_short: bool
) -> Pool[Part, Came]:
    """As the options say; a job that ``is_short`` is done in this process where they say nothing."""
    from proxy.jobs.pools import OneProcess, OnRay, Processes, RayMissing

    if ray is not None:
        try:
            return OnRay(opening, ray, workers)
        except RayMissing as error:
            raise CommandError(str(error)) from None
    if workers == 1 or (workers is None and is_short):
        return OneProcess(opening)
    return Processes(opening, workers)


def tell_progress(told: str, forecast: Forecast | None, *, is_last: bool) -> None:
    """A line on stderr each time; on a terminal in the place of the one before."""
    told += f"; {_time_left(forecast)}" if forecast and not is_last else ""
    end = "\r" if sys.stderr.isatty() and not is_last else "\n"
    print(f"cxai: {told}", file=sys.stderr, end=end, flush=True)


def _time_left(forecast: Forecast) -> str:
    """How long a job still takes, with its spread: nine of ten times the truth lies between the two."""
    return (
        f"about {_length(forecast.likely_s)} left ({_length(forecast.least_s)} to {_length(forecast.most_s)})"
    )


def _length(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
