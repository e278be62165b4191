"""The sources by the name that ``cxai rehearse record --from`` takes. A new one is a file here, and a line below."""

from __future__ import annotations

from proxy.rehearsal.sources.ledger import ledger
from proxy.rehearsal.sources.openai_log import openai_log
from proxy.rehearsal.sources.otlp import otlp
from proxy.rehearsal.sources.source import Source
from proxy.rehearsal.sources.transcripts import transcripts

SOURCES: dict[str, Source] = {
    "ledger": ledger,
    "openai-log": openai_log,
    "csv": transcripts,
    "otlp": otlp,
}
