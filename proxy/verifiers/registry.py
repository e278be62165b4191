"""The verifiers by kind, and how the settings become one. A new kind is one new file and one line in ``KINDS``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast

from proxy.grounding.types import Verifier, VerifierError
from proxy.models.shipped import FOLDERS, Tier, confidence_json
from proxy.verifiers.budget import Budget
from proxy.verifiers.cascade import CascadeOptions, open_cascade
from proxy.verifiers.cross_encoder import CrossEncoderOptions, CrossEncoderVerifier
from proxy.verifiers.embeddings import EmbeddingsOptions, EmbeddingsVerifier
from proxy.verifiers.ensemble import EnsembleOptions, EnsembleVerifier, Member
from proxy.verifiers.judge import JudgeOptions, JudgeVerifier
from proxy.verifiers.options import EndpointOptions, Options, nearest, read_options
from proxy.verifiers.parts import Parts
from proxy.verifiers.tei import TeiOptions, TeiVerifier

Closing = TypeVar("Closing", TeiVerifier, JudgeVerifier)
OFF = (None, False, "", "off")


class BuiltinOptions(Options):
    kind: Literal["builtin"] = "builtin"
    tier: Tier = "fast"
    """`fast`, or `thorough`: a larger entailment model that takes several times as long."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A verifier's options, and how it is made of them; ``build`` raises VerifierError where it cannot be."""

    options: type[Options]
    build: Callable[[Any, Parts], Verifier]


def verifier_options(given: Any) -> Options:
    """The setting ``verifier``: a kind, or a mapping with ``kind`` and its options. Raises ValueError in words."""
    if isinstance(given, Options):
        return given
    options = _mapping({"kind": given} if isinstance(given, str) and not _is_json(given) else given)
    kind = options.get("kind")
    if not isinstance(kind, str):
        raise ValueError(f'needs a "kind"{nearest("", list(KINDS))}')
    if kind not in KINDS:
        raise ValueError(f'has no kind "{kind[:40]}"{nearest(kind, list(KINDS))}')
    try:
        chosen = read_options(KINDS[kind].options, options)
        if isinstance(chosen, EnsembleOptions):
            _members(chosen)
    except ValueError as error:
        raise ValueError(f'of the kind "{kind}": {error}') from None
    return chosen


def cascade_options(given: Any) -> CascadeOptions | None:
    """The setting ``cascade``: ``off``, or a mapping that names at least the ``model``. Raises ValueError in words."""
    if isinstance(given, CascadeOptions):
        return given
    if given in OFF:
        return None
    return read_options(CascadeOptions, _mapping(given))


def open_verifier(options: Options, cascade: CascadeOptions | None, parts: Parts) -> Verifier:
    """The verifier of the settings; what it opens is closed by ``parts.closing``.

    Raises VerifierError, with the way out, where it cannot be made: no model, no key, an extra that is not installed.
    """
    verifier = _build(options, parts)
    if cascade is None:
        return verifier
    if parts.ledger is None:
        raise VerifierError("the cascade keeps its budget in the ledger, and there is none here")
    judge = _closed_at_the_end(JudgeVerifier(cascade, parts.provider), parts)
    budget = Budget(parts.ledger, cascade.prices, cascade.monthly_requests, cascade.monthly_cost)
    # Cast because its version, which nobody sets, follows those of its parts.
    return cast(Verifier, open_cascade(verifier, cascade, judge, budget, parts.metrics))


def threads_that_wait(options: Options | None) -> int:
    """How many judges' threads may wait for an endpoint at once; they need places beside those that compute."""
    if isinstance(options, EnsembleOptions):
        return sum(threads_that_wait(member) for member, _ in _members(options))
    return options.at_once if isinstance(options, EndpointOptions) else 0


def tiers_of(options: Options) -> set[Tier]:
    """Which of the shipped entailment models it needs."""
    if isinstance(options, EnsembleOptions):
        return {tier for member, _ in _members(options) for tier in tiers_of(member)}
    return {options.tier} if isinstance(options, BuiltinOptions) else set()


def _build(options: Options, parts: Parts) -> Verifier:
    kind = KINDS[getattr(options, "kind", "builtin")]
    return kind.build(options, parts)


def _builtin(options: BuiltinOptions, parts: Parts) -> Verifier:
    from proxy.grounding.policy.confidence import model_from_json
    from proxy.grounding.policy.verifier import PolicyVerifier
    from proxy.models.entailment import EntailmentError, EntailmentModel

    read = parts.entailment or (lambda tier: EntailmentModel.load(FOLDERS[tier]))
    try:
        model = read(options.tier)
        return PolicyVerifier(parts.embed, model, model_from_json(confidence_json(options.tier)))
    except (EntailmentError, OSError, ValueError) as error:
        raise VerifierError(str(error)) from None


def _ensemble(options: EnsembleOptions, parts: Parts) -> Verifier:
    members = [Member(_build(chosen, parts), weight) for chosen, weight in _members(options)]
    ensemble = EnsembleVerifier(members, combine=options.combine, leave_out=options.on_failure == "leave-out")
    return cast(Verifier, ensemble)  # its version follows those of its members


def _members(options: EnsembleOptions) -> list[tuple[Options, float]]:
    """Each member's options and weight. Raises ValueError where one is wrong."""
    found = []
    for number, given in enumerate(options.members, start=1):
        weight = given.get("weight", 1.0)
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 1_000:
            raise ValueError(f'member {number}: "weight" must be a number above 0')
        try:
            chosen = verifier_options({name: value for name, value in given.items() if name != "weight"})
        except ValueError as error:
            raise ValueError(f"member {number} {error}") from None
        if isinstance(chosen, EnsembleOptions):
            raise ValueError(f"member {number} is an ensemble itself; name its members here")
        found.append((chosen, float(weight)))
    return found


def _closed_at_the_end(verifier: Closing, parts: Parts) -> Closing:
    parts.closing.callback(verifier.close)
    return verifier


def _is_json(text: str) -> bool:
    return text.lstrip().startswith("{")


def _mapping(given: Any) -> Mapping[str, Any]:
    """A mapping as it is, or from JSON, as an environment variable holds it."""
    try:
        value = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        value = None
    if not isinstance(value, Mapping):
        raise ValueError("must be a mapping of its options, in an environment variable as JSON")
    return value


KINDS: dict[str, Kind] = {
    "builtin": Kind(BuiltinOptions, _builtin),
    "cross-encoder": Kind(CrossEncoderOptions, lambda options, _: CrossEncoderVerifier(options)),
    "embeddings": Kind(EmbeddingsOptions, lambda options, _: EmbeddingsVerifier(options)),
    "tei": Kind(TeiOptions, lambda options, parts: _closed_at_the_end(TeiVerifier(options), parts)),
    "judge": Kind(
        JudgeOptions,
        lambda options, parts: _closed_at_the_end(JudgeVerifier(options, parts.provider), parts),
    ),
    "ensemble": Kind(EnsembleOptions, _ensemble),
}
