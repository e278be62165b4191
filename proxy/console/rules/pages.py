"""``/console/rules``: what is live, and how an urgent rule comes into force by two people."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from proxy.access.people.roles import Person, Role
from proxy.console.frame import Asking, console_of, fragment, page
from proxy.console.guards import requires
from proxy.console.problem import Problem
from proxy.console.rules import form as rule_form
from proxy.console.rules.trying import PERIODS, USUAL_PERIOD, try_rule
from proxy.console.section import CONSOLE, Section
from proxy.ledger.answers.search import RULE
from proxy.ledger.policies.rule_proposals import REJECTED, WITHDRAWN, NotAllowed, RuleProposal
from proxy.rules.effects import Effect
from proxy.rules.injecting import inject
from proxy.rules.problems import PoliciesError
from proxy.rules.proposing import approve, propose
from proxy.wire.services import Services

RULES = f"{CONSOLE}/rules"
DECIDERS = (Role.POLICY_OWNER, Role.LEAD, Role.ADMIN)
HITS_DAYS = 30
NOTHING: Mapping[str, str] = rule_form.filled({})


@get(RULES, guards=[requires(Role.VIEWER)])
async def rules(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[str]:
    return await _shown(request, person, services, {**NOTHING, "owner": person.email, "hours": "24"})


@post(f"{RULES}/propose", guards=[requires(*DECIDERS)])
async def propose_rule(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[Any]:
    """Keep a proposal for a second person to approve; what would not come into force comes back with its mistakes."""
    fields, now = rule_form.filled(await request.form()), datetime.now(UTC)
    table, folder = services.ledger.rule_proposals, rules_folder(services)
    try:
        rule = rule_form.rule_of(fields, now, tenant_alone(request, services))
        await asyncio.to_thread(propose, table, folder, person.tenant, rule, by=person.email, now=now)
    except PoliciesError as error:
        return await _shown(request, person, services, fields, tuple(rule_form.told(error)), status=422)
    return Redirect(f"{RULES}#proposals", status_code=303)


@post(f"{RULES}/try", guards=[requires(*DECIDERS)], status_code=200)
async def try_on_records(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services]
) -> Response[str]:
    """Who would have been treated differently by the form's rule, or by a proposed one. Nothing is changed."""
    form, now, folder = await request.form(), datetime.now(UTC), rules_folder(services)
    period = str(form.get("period") or USUAL_PERIOD)
    if period not in PERIODS:
        raise Problem("That cannot be asked for", f"The period is one of {', '.join(PERIODS)}.", 422)
    proposal = await _proposal(services, person, str(form["proposal"])) if form.get("proposal") else None
    rule = (
        proposal.rule
        if proposal
        else rule_form.rule_of(rule_form.filled(form), now, tenant_alone(request, services))
    )
    try:
        if not rule.get("name") or not rule.get("effect"):
            raise Problem(
                "This cannot be tried",
                "A rule has at least a name, a condition, an effect and a reason.",
                422,
            )
        await asyncio.to_thread(inject, folder, rule, now, dry_run=True)
    except PoliciesError as error:
        raise Problem("This cannot be tried", "\n".join(rule_form.told(error)), 422) from None
    trial = await try_rule(console_of(request).children, services, folder, rule, period)
    return fragment(request, "rules/_trial.html", trial=trial, rule=rule, period=PERIODS[period])


@post(RULES + "/proposals/{id:str}/approve", guards=[requires(*DECIDERS)])
async def approve_rule(
    request: Asking, person: NamedDependency[Person], services: NamedDependency[Services], id: FromPath[str]
) -> Response[Any]:
    """Put a proposed rule in force, as a second person."""
    table, folder, now = services.ledger.rule_proposals, rules_folder(services), datetime.now(UTC)
    try:
        await asyncio.to_thread(approve, table, folder, person.tenant, id, by=person.email, now=now)
    except NotAllowed as error:
        raise Problem("This was not approved", str(error), 409) from None
    except PoliciesError as error:
        raise Problem("This did not come into force", "\n".join(rule_form.told(error)), 409) from None
    return Redirect(f"{RULES}#proposals", status_code=303)


@post(RULES + "/proposals/{id:str}/{what:str}", guards=[requires(*DECIDERS)])
async def decide_otherwise(
    request: Asking,
    person: NamedDependency[Person],
    services: NamedDependency[Services],
    id: FromPath[str],
    what: FromPath[str],
) -> Response[Any]:
    """Reject a proposal with a reason, or withdraw one's own."""
    status = {"reject": REJECTED, "withdraw": WITHDRAWN}.get(what)
    if status is None:
        raise NotFoundException
    note = str((await request.form()).get("note") or "").strip()[: rule_form.LONGEST] or None
    if status == REJECTED and note is None:
        raise Problem("This was not rejected", "Say why: whoever proposed it reads it.", 422)
    decide, now = services.ledger.rule_proposals.decide, datetime.now(UTC)
    try:
        await asyncio.to_thread(decide, id, person.tenant, status, by=person.email, at=now, note=note)
    except NotAllowed as error:
        raise Problem("Nothing was changed", str(error), 409) from None
    return Redirect(f"{RULES}#proposals", status_code=303)


async def _shown(
    request: Asking,
    person: Person,
    services: Services,
    fields: Mapping[str, str],
    mistakes: tuple[str, ...] = (),
    status: int = 200,
) -> Response[str]:
    """The whole page, with what stands in the form."""
    live, now = services.policies.current, datetime.now(UTC)
    since = now - timedelta(days=HITS_DAYS)

    def read() -> tuple[Any, list[RuleProposal], Any]:
        ledger = services.ledger
        hits = ledger.answer_search.counted(services.tenant, RULE, since)
        changes = ledger.policy_changes.listed(tenant=services.tenant, limit=10)
        return hits, ledger.rule_proposals.listed(services.tenant), changes

    hits, proposals, changes = await asyncio.to_thread(read)
    names = live.rules.by_name
    return page(
        request,
        "rules/list.html",
        title="Rules",
        status=status,
        rows=sorted(live.rules.compiled, key=lambda one: -one.rule.priority),
        hits=hits,
        hits_days=HITS_DAYS,
        gone=sorted(set(hits) - set(names)),
        now=now,
        version=live.version,
        problems=services.policies.problems,
        warnings=tuple(live.rules.warnings(now)),
        proposals=proposals,
        live_names=names,
        changes=tuple(_told_changes(changes)),
        may_decide=person.may(*DECIDERS),
        writable=services.policies.folder is not None,
        effects=list(Effect),
        hours=rule_form.HOURS,
        examples=rule_form.EXAMPLES.items(),
        periods=PERIODS,
        usual_period=USUAL_PERIOD,
        longest=rule_form.LONGEST,
        fields=fields,
        mistakes=mistakes,
    )


def _told_changes(changes: Any) -> Iterator[dict[str, Any]]:
    for one in changes:
        said = {word: one.summary.get(word) or [] for word in ("added", "changed", "removed")}
        words = [f"{part} {word}" for word, parts in said.items() for part in parts]
        yield {
            "at": one.at,
            "author": one.author,
            "version": one.version,
            "words": words[:8],
            "more": len(words) - 8,
        }


def rules_folder(services: Services) -> Path:
    """Where rules are put in force. Raises Problem."""
    if services.policies.folder is None:
        told = "This proxy has no policies folder (the setting policies), so that no rule can be put into it."
        raise Problem("No rule can be put in force here", told, 409)
    return services.policies.folder


def tenant_alone(request: Asking, services: Services) -> str | None:
    """The tenant that a rule is for, where others read the same folder: what they do is not for its people to say."""
    folder = rules_folder(services).resolve()
    others = (one for one in console_of(request).tenants.values() if one.tenant != services.tenant)
    shared = any(one.policies.folder and one.policies.folder.resolve() == folder for one in others)
    return services.tenant if shared else None


async def _proposal(services: Services, person: Person, id: str) -> RuleProposal:
    found = await asyncio.to_thread(services.ledger.rule_proposals.find, id, person.tenant)
    if found is None:
        raise NotFoundException
    return found


SECTION = Section("Rules", RULES, (rules, propose_rule, try_on_records, approve_rule, decide_otherwise))
