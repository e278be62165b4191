"""The operators by the name that ``cxai rehearse run --with`` takes. A new one is a file here, and a line below."""

from __future__ import annotations

from proxy.rehearsal.operators.anger import ANGER
from proxy.rehearsal.operators.code_switching import CODE_SWITCHING
from proxy.rehearsal.operators.conflicting_context import CONFLICTING_CONTEXT
from proxy.rehearsal.operators.contradiction import CONTRADICTION
from proxy.rehearsal.operators.cut_stream import CUT_STREAM
from proxy.rehearsal.operators.injection import INJECTION
from proxy.rehearsal.operators.long_conversation import LONG_CONVERSATION
from proxy.rehearsal.operators.missing_context import MISSING_CONTEXT
from proxy.rehearsal.operators.old_documents import OLD_DOCUMENTS
from proxy.rehearsal.operators.operator import Operator
from proxy.rehearsal.operators.policy_change import POLICY_CHANGE
from proxy.rehearsal.operators.pressure import PRESSURE
from proxy.rehearsal.operators.provider_busy import PROVIDER_BUSY
from proxy.rehearsal.operators.provider_slow import PROVIDER_SLOW
from proxy.rehearsal.operators.reviewers_absent import REVIEWERS_ABSENT
from proxy.rehearsal.operators.speech import SPEECH
from proxy.rehearsal.operators.stale_context import STALE_CONTEXT
from proxy.rehearsal.operators.storm import STORM
from proxy.rehearsal.operators.time_zones import TIME_ZONES
from proxy.rehearsal.operators.topic_switch import TOPIC_SWITCH
from proxy.rehearsal.operators.two_intents import TWO_INTENTS
from proxy.rehearsal.operators.typos import TYPOS
from proxy.rehearsal.operators.urgency import URGENCY

OPERATORS: dict[str, Operator] = {
    "typos": TYPOS,
    "speech": SPEECH,
    "code-switching": CODE_SWITCHING,
    "anger": ANGER,
    "urgency": URGENCY,
    "two-intents": TWO_INTENTS,
    "topic-switch": TOPIC_SWITCH,
    "contradiction": CONTRADICTION,
    "pressure": PRESSURE,
    "injection": INJECTION,
    "long-conversation": LONG_CONVERSATION,
    "missing-context": MISSING_CONTEXT,
    "stale-context": STALE_CONTEXT,
    "conflicting-context": CONFLICTING_CONTEXT,
    "old-documents": OLD_DOCUMENTS,
    "policy-change": POLICY_CHANGE,
    "time-zones": TIME_ZONES,
    "reviewers-absent": REVIEWERS_ABSENT,
    "provider-busy": PROVIDER_BUSY,
    "provider-slow": PROVIDER_SLOW,
    "cut-stream": CUT_STREAM,
    "storm": STORM,
}
