"""Judges what an answer says about this customer: its values, codes and names must stand in the tool results.

What contradicts the value of the same key is contradicted, what is nowhere is unsupported. That something was done
needs a successful call that did it. What the customer said proves what the customer said.
"""

from __future__ import annotations

from collections.abc import Sequence

from proxy.grounding.account.confidence import confidence_in
from proxy.grounding.account.conflicts import conflict_in, reversed_payment
from proxy.grounding.account.done_actions import actions_in, does_something, proof_of
from proxy.grounding.account.fact_values import index_of, stems
from proxy.grounding.account.items import AccountItems, codes_of, informative, items_of
from proxy.grounding.account.lookup import Findings, Places, look_up
from proxy.grounding.text.markdown_lines import plain
from proxy.grounding.types import Claim, ClaimKind, Evidence, Fact, Label, Verdict

NOT_DONE = 0.08
CONTRADICTED = 0.04
NO_FACTS = 0.15
UNSUPPORTED = 0.45  # at most, whatever else was found
PREMISE_WORDS = 0.25  # share of the premise's words that the customer used
LEAST_WORDS = 0.5  # share of words that must stand in the results where nothing else can be looked up


def judge_account(
    claim: Claim, *, facts: Sequence[Fact], question: str | None, said: Sequence[str] = ()
) -> Verdict:
    """The verdict on a claim about the customer; ``said`` are the customer's own messages, which prove only themselves.

    Of a MIXED claim only the customer's part is judged here: what its rule says is for the policy verifier.
    """
    items = items_of(plain(claim.text).replace("’", "'"))
    actions = actions_in(items.text)
    proofs = [proof_of(action, facts) for action in actions]
    if None in proofs:
        undone = actions[proofs.index(None)]
        return Verdict(Label.UNSUPPORTED, NOT_DONE, f"no tool result shows that anything was {undone.verb}")
    words_said = "\n".join([*said, question or ""])
    index = index_of(tuple(facts))
    if not index.leaves:
        return _without_facts(claim, items, words_said, bool(facts))
    scope = index.about(codes_of(claim.reading))
    conflict = conflict_in(items, scope, index)
    if conflict is not None:
        return Verdict(Label.CONTRADICTED, CONTRADICTED, conflict.reason, (conflict.leaf.evidence(),))
    moves_money = any(action.moves_money for action in actions)
    places = Places(
        scope or index.leaves, index, index_of(_doing(facts)).leaves if moves_money else (), words_said
    )
    findings = look_up(items, places)
    findings.done = [proof for proof in proofs if proof is not None]
    conflict = reversed_payment(items, findings.proven)
    if conflict is not None:
        return Verdict(Label.CONTRADICTED, CONTRADICTED, conflict.reason, (conflict.leaf.evidence(),))
    by_word = (
        findings.restates or claim.kind is ClaimKind.MIXED
    )  # the customer's words count for what they told
    return _weigh(claim, items, findings, index.words | stems(words_said) if by_word else index.words)


def restates_record(claim: Claim, *, facts: Sequence[Fact], said: Sequence[str] = ()) -> Verdict | None:
    """A supported verdict where a labelled value ("Business: $239") stands in the results under these very words.

    For list items that could be policy as well as records: None where the results do not bear all of it out.
    """
    items = items_of(plain(claim.text).replace("’", "'"))
    index = index_of(tuple(facts))
    if not items.label or not informative(stems(items.label)) <= index.words:
        return None
    scope = index.about(codes_of(claim.reading))
    findings = look_up(items, Places(scope or index.leaves, index, (), "\n".join(said)))
    borne_out = findings.proven and not (
        findings.said or findings.summed or findings.missing or findings.missing_names
    )
    return _weigh(claim, items, findings, index.words) if borne_out else None


def _doing(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """The results of calls that changed something: an amount that was paid stands in one of them."""
    return tuple(fact for fact in facts if does_something(fact)) or tuple(facts)


def _without_facts(claim: Claim, items: AccountItems, said: str, failed: bool) -> Verdict:
    """Without any result only the customer's own words can bear out the premise of a rule ("since you booked ...")."""
    if claim.kind is ClaimKind.MIXED and not items.codes and said.strip():
        share = _share(items.words, stems(said))
        if share >= PREMISE_WORDS:
            return Verdict(Label.SUPPORTED, 0.6, "rests on what the customer said", scores={"words": share})
    reason = "the tool calls failed" if failed else "no tool result says anything about this customer"
    return Verdict(Label.UNSUPPORTED, NO_FACTS, reason)


def _weigh(claim: Claim, items: AccountItems, findings: Findings, known: frozenset[str]) -> Verdict:
    scores = {
        "proven": float(len(findings.proven) + len(findings.done)),
        "said": float(len(findings.said)),
        "summed": float(len(findings.summed)),
        "missing": float(len(findings.missing)),
        "missing_names": float(len(findings.missing_names)),
        "words": _share(items.words, known),
    }
    confidence = confidence_in(scores)
    evidence = tuple(dict.fromkeys(leaf.evidence() for leaf in findings.proven))[:5]
    missing = [] if claim.kind is ClaimKind.MIXED else [*findings.missing, *findings.missing_names]
    if missing or not _is_borne_out(findings, scores["words"], claim.kind):
        reason = f"no tool result has {_listed(missing)}" if missing else "no tool result speaks of this"
        return Verdict(Label.UNSUPPORTED, min(confidence, UNSUPPORTED), reason, evidence, scores)
    evidence = evidence or _done_evidence(findings)
    return Verdict(Label.SUPPORTED, max(confidence, 0.5), _reason(findings), evidence, scores)


def _is_borne_out(findings: Findings, words: float, kind: ClaimKind) -> bool:
    """Whether something was found for the claim, or, where nothing can be looked up, its words stand in the results."""
    if findings.found_something:
        return True
    return not findings.said and words >= (PREMISE_WORDS if kind is ClaimKind.MIXED else LEAST_WORDS)


def _reason(findings: Findings) -> str:
    if findings.proven or findings.done:
        sources = dict.fromkeys(
            [leaf.source for leaf in findings.proven] + [fact.source for fact in findings.done]
        )
        return f"stands in the result of {', '.join(sources)}"
    if findings.summed:
        return f"{_listed(findings.summed)} follows from amounts in the tool results"
    return "restates what the customer said" if findings.said else "its words stand in the tool results"


def _done_evidence(findings: Findings) -> tuple[Evidence, ...]:
    return tuple(Evidence(fact.document, "", fact.quoted(fact.text[:200])) for fact in findings.done[:1])


def _share(words: Sequence[str], known: frozenset[str]) -> float:
    return sum(word in known for word in words) / len(words) if words else 1.0


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in words[:4])
