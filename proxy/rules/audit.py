"""The audit of policies: each version that comes into force is noted once, with who changed what."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from proxy.ledger.clock import Clock, utc_now
from proxy.ledger.policies.changes import PolicyChangeTable
from proxy.ledger.records import PolicyChange
from proxy.rules.authorship import author_of
from proxy.rules.parts import changes_between, parts_of
from proxy.rules.policies import Policies


class PolicyAudit:
    """One tenant's audit. All workers and replicas note what they take into force, and the first one's note counts."""

    def __init__(
        self, changes: PolicyChangeTable, tenant: str, folder: Path | None, now: Clock = utc_now
    ) -> None:
        self._changes, self._tenant, self._folder, self._now = changes, tenant, folder, now

    def note(self, policies: Policies, texts: Mapping[str, str]) -> bool:
        """Note that these are in force; ``texts`` are their files. False where it should be tried again later.

        What changed is told against the version noted last, also where that was before a restart. Raises LedgerError.
        """
        last = self._changes.latest(self._tenant)
        if last is not None and last.version == policies.version:
            return True
        added = self._changes.add(self._change(policies, texts, last))
        return added or self._is_noted(policies)

    def _is_noted(self, policies: Policies) -> bool:
        """Another worker may have been first."""
        last = self._changes.latest(self._tenant)
        return last is not None and last.version == policies.version

    def _change(
        self, policies: Policies, texts: Mapping[str, str], last: PolicyChange | None
    ) -> PolicyChange:
        parts = parts_of(policies, texts)
        told = changes_between((last.summary.get("parts") or {}) if last else {}, parts)
        touched = [*told["added"], *told["changed"]]
        return PolicyChange(
            tenant=self._tenant,
            at=self._now(),
            version=policies.version,
            previous=last.version if last else None,
            author=author_of(self._folder, told["files"], touched, policies.rules),
            summary={**told, "parts": parts},
        )
