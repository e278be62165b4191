"""Which of a client's headers go to an upstream, and with whose key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from proxy.wire.upstreams.keys import Key

# Ours, the connection's own, or a secret of another site; trace headers are set anew, baggage may carry customer data.
_NEVER_FORWARDED = frozenset(
    {
        *("host", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect"),
        *("proxy-authenticate", "proxy-authorization", "cookie"),
        *("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"),
        *("x-real-ip", "traceparent", "tracestate", "baggage"),
    }
)
# What names an account with one provider; another provider must not learn it.
_OF_THE_ACCOUNT = frozenset(
    {"authorization", "api-key", "x-api-key", "x-goog-api-key", "openai-organization", "openai-project"}
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """``header`` is how the upstream takes keys, Azure's ``api-key`` or ``authorization``.

    With ``of_clients`` a client's own go to it, and ``key`` is for those who bring none; else ``key`` alone does.
    """

    key: Key | None
    of_clients: bool
    header: str
    takes_keys_as_azure: bool

    def forwarded(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers of a client, in lower case, as they go to the upstream."""
        kept = {name: value for name, value in headers.items() if _is_forwarded(name)}
        if not self.of_clients:
            kept = {name: value for name, value in kept.items() if name not in _OF_THE_ACCOUNT}
        elif not self.takes_keys_as_azure and "authorization" not in kept and "api-key" in kept:
            kept["authorization"] = f"Bearer {kept.pop('api-key')}".strip()
        if self.key is not None and not _has_own(kept):
            kept.pop("authorization", None)
            value = self.key.value()
            kept[self.header] = f"Bearer {value}" if self.header == "authorization" else value
        return kept


def _has_own(headers: Mapping[str, str]) -> bool:
    return any(headers.get(name, "").strip() not in ("", "Bearer") for name in ("authorization", "api-key"))


def _is_forwarded(name: str) -> bool:
    return name not in _NEVER_FORWARDED and not name.startswith("x-cxai-")
