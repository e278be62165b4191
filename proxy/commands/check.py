"""``cxai check``: the judging of ``POST /v1/guard/check`` without a server, for a text or for many claims."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.claims_file import Line, read_lines
from proxy.commands.options import (
    AsOfOption,
    AudienceOption,
    CommandError,
    ConfigOption,
    CorpusOption,
    JsonOption,
    JurisdictionOption,
    PoliciesOption,
    load,
    policies_in,
    policy_date,
)
from proxy.commands.output import print_json_lines, print_table

if TYPE_CHECKING:
    from proxy.actions.decide import Judged
    from proxy.context.customer import Customer
    from proxy.guard import AnswerGuard, Guard
    from proxy.rules.policies import Policies, Route
    from proxy.settings import Settings

# Nobody waits at the other end: neither time nor a full queue may make a verdict "unverified" here.
JUDGE_S = 600.0
QUEUE = sys.maxsize


def check(
    text: Annotated[
        str | None, typer.Argument(help="The text to check; stdin where it is not given.")
    ] = None,
    claims: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="JSONL of {id, question?, claim}; one verdict a line, as JSON."),
    ] = None,
    question: Annotated[str | None, typer.Option(help="What the customer asked.")] = None,
    tool_result: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="What a tool returned about this customer.")
    ] = None,
    as_of: AsOfOption = None,
    jurisdiction: JurisdictionOption = None,
    audience: AudienceOption = "customer",
    model: Annotated[str, typer.Option(help="The model's name, for the choice of the route.")] = "",
    channel: Annotated[str, typer.Option(help="The channel, for the choice of the route.")] = "chat",
    as_json: JsonOption = False,
    corpus: CorpusOption = None,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
) -> None:
    """Check a text, or a file of claims, against the documents.

    The text is the argument, or stdin. Nothing is recorded, and the chatbot's model is not asked.
    """
    from proxy.context.customer import Customer

    settings = load(config, corpus=corpus, policies=policies).settings
    asker = Customer(None, None, channel, jurisdiction, audience, policy_date(as_of))
    if claims is not None and text is not None:
        raise CommandError("give a text or --claims, not both")
    if claims is not None:
        lines = read_lines(claims)
        asyncio.run(_check_lines(Checker(settings, asker, model, tool_result or ()), lines))
        return
    text = text if text is not None else sys.stdin.read()
    if not text.strip():
        raise CommandError("there is no text to check; give it as an argument or on stdin")
    asyncio.run(_check_text(Checker(settings, asker, model, tool_result or ()), text, question, as_json))


class Checker:
    """Judges texts against one corpus by one route; nothing is recorded, and the chatbot's model is not asked."""

    def __init__(
        self, settings: Settings, asker: Customer, model: str = "", tool_results: Sequence[str] = ()
    ) -> None:
        from proxy.context.tool_results import facts_from_texts

        self.asker = asker
        self.facts = tuple(facts_from_texts(tool_results))
        self.route = _route(settings, asker, model)
        self.guard = opened_guard(settings)
        self._at_once = asyncio.Semaphore(settings.judge_threads)

    async def check(self, text: str, question: str | None) -> tuple[AnswerGuard, Sequence[Judged]]:
        """What would be done with each sentence of the text."""
        from proxy.actions.inquiry import dry_inquiry

        async with self._at_once:
            trace = self.guard.telemetry.request("CHECK", "cxai check", {})
            inquiry = dry_inquiry(self.route, self.asker, question, self.facts)
            answer = self.guard.open(inquiry, trace)
            return answer, await answer.check(text)


def opened_guard(settings: Settings) -> Guard:
    """The guard of these settings over their corpus, without a server; what is wrong with documents goes to stderr."""
    from opentelemetry._logs import NoOpLogger
    from opentelemetry.trace import NoOpTracer

    from proxy.corpus.corpus import build_corpus
    from proxy.corpus.problems import CorpusError
    from proxy.grounding.types import VerifierError
    from proxy.guard import Guard
    from proxy.ledger.ledger import Ledger, LedgerError
    from proxy.models.embedder import Embedder, EmbedderError
    from proxy.telemetry.metrics import Metrics
    from proxy.telemetry.tracing import Telemetry
    from proxy.verifiers.calibrated import calibrated
    from proxy.verifiers.calibration_file import CalibrationError
    from proxy.verifiers.parts import Parts
    from proxy.verifiers.pool import JudgePool
    from proxy.verifiers.registry import open_verifier

    try:
        embedder, counted = Embedder.load(), Metrics()
        # A cascade's questions count in the month's budget, whoever asks them; else there is no need for a ledger.
        ledger = Ledger.open(settings.database_url) if settings.cascade else None
        parts = Parts(embedder.embed, settings.provider(), ExitStack(), counted, ledger)
        verifier = calibrated(open_verifier(settings.verifier, settings.cascade, parts), settings.calibration)
        corpus = build_corpus(settings.corpus, embedder, cache=settings.embedding_cache)
    except (CalibrationError, CorpusError, EmbedderError, LedgerError, VerifierError) as error:
        raise CommandError(str(error)) from None
    for problem in corpus.problems:
        print(f"cxai: {problem}", file=sys.stderr)
    return Guard(
        current_corpus=lambda: corpus,
        verifier=verifier,
        judges=JudgePool(threads=settings.judge_threads, queue=QUEUE),
        telemetry=Telemetry(NoOpTracer(), NoOpLogger("cxai"), content=False),
        metrics=counted,
    )


def _route(settings: Settings, asker: Customer, model: str) -> Route:
    policies = patient_policies(settings)
    return policies.route_for(model=model, channel=asker.channel, audience=asker.audience)


def patient_policies(settings: Settings) -> Policies:
    """The policies of these settings, whose routes wait for every judgement."""
    policies = policies_in(settings)
    waiting = {"judge_s": JUDGE_S, "retrieval_s": JUDGE_S}
    return replace(policies, routes=tuple(route.model_copy(update=waiting) for route in policies.routes))


async def _check_lines(checker: Checker, lines: Sequence[Line]) -> None:
    """Print one verdict for each line, in the lines' order, each as soon as it is there."""
    tasks = [asyncio.create_task(checker.check(line.claim, line.question)) for line in lines]
    for line, task in zip(lines, tasks, strict=True):
        _, judged = await task
        print_json_lines([{"id": line.id, **verdict_of(judged)}])


def verdict_of(judged: Sequence[Judged]) -> dict[str, Any]:
    """The verdict of a claim, which may have several sentences: that of its weakest one.

    What could not be judged counts as unsupported with confidence 0, and says why in ``unverified_reason``.
    """
    from proxy.actions.report import evidence_report
    from proxy.grounding.judging import NOTHING_TO_CHECK, weaker

    unverified = next((one.unverified for one in judged if one.unverified), None)
    if unverified:
        return {"verdict": "unsupported", "confidence": 0.0, "evidence": [], "unverified_reason": unverified}
    verdict = NOTHING_TO_CHECK
    for one in judged:
        verdict = weaker(verdict, one.judgement.verdict) if one.judgement else verdict
    return {
        "verdict": verdict.label.value,
        "confidence": round(verdict.confidence, 4),
        "evidence": [evidence_report(evidence) for evidence in verdict.evidence],
    }


async def _check_text(checker: Checker, text: str, question: str | None, as_json: bool) -> None:
    from proxy.wire.cxai_object import checked_object

    answer, judged = await checker.check(text, question)
    result = checked_object(answer, text, judged)
    if as_json:
        print_json_lines([result])
        return
    verified = "verified" if result["verified"] else f"not verified: {result['unverified_reason']}"
    print_table(
        ("claim", "verdict", "confidence", "would", "why", "policy says"),
        [_row(claim) for claim in result["claims"]],
        empty="Nothing to check.",
        title=f"{result['decision']}, {verified}, corpus {result['corpus_version']}",
    )


def _row(claim: dict[str, Any]) -> tuple[Any, ...]:
    evidence: dict[str, Any] = next(iter(claim["evidence"]), {})
    quote = "\n".join(part for part in (evidence.get("quote"), evidence.get("document")) if part)
    if quote and claim["verdict"] == "unsupported":
        quote = f"(nearest) {quote}"
    return claim["text"], claim["verdict"], claim["confidence"], claim["action"], claim["reason"], quote
