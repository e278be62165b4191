"""The drill from start to end: the stages side by side, the faults of each one after the other."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from proxy.drill.fault import Fault, Stage, Way
from proxy.drill.faults import documents, judge, ledger, provider, start, tools
from proxy.drill.outcome import Outcome
from proxy.drill.place import Place, place_in

STAGES = (
    Stage("provider", provider.FAULTS, lambda _: provider.LIMITS),
    Stage("judge", judge.FAULTS, judge.settings),
    Stage("documents", (*documents.FAULTS, *tools.FAULTS, ledger.FILE_DELETED), lambda _: {}),
    Stage("ledger", ledger.FAULTS, lambda _: {}),
    Stage("start", start.FAULTS, None),
)


@dataclass(frozen=True, slots=True)
class Result:
    """A fault and what was seen, which is the first way of asking that broke the promise where one did."""

    fault: Fault
    seen: Outcome
    way: str = ""

    @property
    def kept(self) -> bool:
        return self.seen.keeps(self.fault.promised)

    def seen_in_words(self) -> str:
        words = self.seen.in_words(self.fault.promised)
        return words if self.kept else f"{self.way}: {words}"


def run_drill(stages: Sequence[Stage]) -> list[Result]:
    """Try every fault. Raises StartError where a proxy that should start does not."""
    with (
        tempfile.TemporaryDirectory(prefix="cxai-drill-") as folder,
        ThreadPoolExecutor(max_workers=max(1, len(stages))) as threads,
    ):
        played = threads.map(lambda stage: _play(stage, Path(folder) / stage.name), stages)
        return [result for results in played for result in results]


def _play(stage: Stage, folder: Path) -> list[Result]:
    folder.mkdir()
    with place_in(folder, stage.settings) as place:
        return [_try(fault, place) for fault in stage.faults]


def _try(fault: Fault, place: Place) -> Result:
    for way in fault.ways:
        result = Result(fault, _seen(fault, place, way), way)
        if not result.kept:
            break
    return result


def _seen(fault: Fault, place: Place, way: Way) -> Outcome:
    """One fault that cannot be tried must not keep the others from being tried."""
    try:
        return fault.work(place, way)
    except Exception as failure:
        return Outcome(disagreements=(f"could not be tried: {type(failure).__name__}: {failure}",))
