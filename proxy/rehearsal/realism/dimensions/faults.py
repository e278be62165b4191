"""What goes wrong on the way: 429, time-outs, cut streams."""

from __future__ import annotations

from proxy.rehearsal.realism.dimensions.dimension import Categories

FAULTS = Categories(
    "faults",
    "what goes wrong on the way to the model and back",
    lambda message: message.fault,
    lambda fault: "meet no fault" if fault == "none" else f"meet the fault {fault}",
)
