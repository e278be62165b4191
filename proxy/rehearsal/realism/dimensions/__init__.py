"""All dimensions in which a suite is held against production, each a file and a line here."""

from __future__ import annotations

from proxy.rehearsal.realism.dimensions.arrivals import ARRIVALS
from proxy.rehearsal.realism.dimensions.channel import CHANNEL
from proxy.rehearsal.realism.dimensions.completeness import COMPLETENESS
from proxy.rehearsal.realism.dimensions.dimension import Dimension
from proxy.rehearsal.realism.dimensions.faults import FAULTS
from proxy.rehearsal.realism.dimensions.freshness import FRESHNESS
from proxy.rehearsal.realism.dimensions.intents import INTENTS
from proxy.rehearsal.realism.dimensions.language import LANGUAGE
from proxy.rehearsal.realism.dimensions.length import LENGTH
from proxy.rehearsal.realism.dimensions.topics import TOPICS

DIMENSIONS: tuple[Dimension, ...] = (
    LANGUAGE,
    LENGTH,
    TOPICS,
    INTENTS,
    COMPLETENESS,
    FRESHNESS,
    ARRIVALS,
    CHANNEL,
    FAULTS,
)
