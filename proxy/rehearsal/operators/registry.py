"""The operators by the name that ``cxai rehearse run --with`` takes. A new one is a file here, and a line below."""

from __future__ import annotations

from proxy.rehearsal.operators.anger import ANGER
from proxy.rehearsal.operators.contradiction import CONTRADICTION
from proxy.rehearsal.operators.injection import INJECTION
from proxy.rehearsal.operators.missing_context import MISSING_CONTEXT
from proxy.rehearsal.operators.operator import Operator
from proxy.rehearsal.operators.pressure import PRESSURE
from proxy.rehearsal.operators.provider_busy import PROVIDER_BUSY
from proxy.rehearsal.operators.stale_context import STALE_CONTEXT
from proxy.rehearsal.operators.two_intents import TWO_INTENTS
from proxy.rehearsal.operators.typos import TYPOS

OPERATORS: dict[str, Operator] = {
    "typos": TYPOS,
    "anger": ANGER,
    "two-intents": TWO_INTENTS,
    "contradiction": CONTRADICTION,
    "pressure": PRESSURE,
    "injection": INJECTION,
    "missing-context": MISSING_CONTEXT,
    "stale-context": STALE_CONTEXT,
    "provider-busy": PROVIDER_BUSY,
}
