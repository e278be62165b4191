"""The dialects that are served. A new one is one new file and one line here."""

from __future__ import annotations

from proxy.wire.dialects.azure import AzureChat, AzureCompletions
from proxy.wire.dialects.chat import Chat
from proxy.wire.dialects.completions import Completions
from proxy.wire.dialects.dialect import Dialect
from proxy.wire.dialects.responses import Responses

DIALECTS: tuple[Dialect, ...] = (Chat(), Responses(), Completions(), AzureChat(), AzureCompletions())
