"""The ways by which corrections reach customers: their next turn, a mail, or a webhook of the settings."""

from __future__ import annotations

from dataclasses import dataclass

from proxy.ledger.recall.records import MAIL, NEXT_TURN
from proxy.recovery.recall.options import RecallOptions
from proxy.wire.notify.options import NotifyOptions, Webhook


@dataclass(frozen=True, slots=True)
class Ways:
    """``recall`` says how many people have to approve that a correction goes one of them."""

    notify: NotifyOptions
    recall: RecallOptions

    def of(self, tenant: str) -> tuple[str, ...]:
        """Those that lead to a tenant's customers, the usual one first."""
        known = (NEXT_TURN, MAIL, *self._hooks(tenant))
        open_ones = [one for one in known if self.problem(one, tenant) is None]
        return tuple(sorted(open_ones, key=lambda one: one != self.recall.send_by))

    def problem(self, by: str, tenant: str) -> str | None:
        """Why a way leads nowhere; None where it does."""
        if by == NEXT_TURN:
            return None
        if by == MAIL:
            return self._problem_of_mail()
        hooks = self._hooks(tenant)
        if by not in hooks:
            return f'there is no "{by}"; choose of {", ".join([NEXT_TURN, MAIL, *hooks])}'
        if hooks[by].format == "slack":
            return "a Slack channel is for staff, and no customer reads it"
        return None

    def _problem_of_mail(self) -> str | None:
        if self.notify.mail is None:
            return "there is no mail server in the settings (notify.mail)"
        if self.recall.email_fact is None:
            return "no customer's address is known; the setting recall.email_fact names the fact that has it"
        return None

    def _hooks(self, tenant: str) -> dict[str, Webhook]:
        return {one.name: one for one in self.notify.webhooks if one.tenant in (None, tenant)}
