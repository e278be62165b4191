"""A judge model behind any OpenAI-compatible ``/chat/completions``: structured output, with a quote that is checked.

A verdict counts only with its quote: "supported" and "contradicted" need words that stand verbatim, white space apart,
in the passage that the model names, and "supported" none whose sentence denies them. Whatever else happens is a
``VerifierError``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from proxy.corpus.documents import Hit
from proxy.grounding.types import Claim, Evidence, Fact, Label, Verdict, VerifierError
from proxy.verifiers.endpoint import Endpoint, EndpointError
from proxy.verifiers.judge_prompt import RESPONSE_FORMAT, VERSION, Opinion, messages, opinion_from
from proxy.verifiers.nli import NOTHING_FOUND
from proxy.verifiers.options import Address, EndpointOptions, key_from
from proxy.verifiers.parts import Provider
from proxy.verifiers.quotes import denies_beyond, quoted_in
from proxy.verifiers.windows import evidence, evidence_for, windows_of

MOST_TOKENS = 1_000  # of an answer; a model that reasons needs some
LIMIT = {"max_completion_tokens": MOST_TOKENS}
_UNSURE = 0.5  # a verdict that the model itself calls less likely than not is "unsupported"
_REASONS = {
    Label.SUPPORTED: "the judge model reads the policy as saying so: “{}”",
    Label.CONTRADICTED: "the judge model reads the policy as denying this: “{}”",
}


class JudgeModelOptions(EndpointOptions):
    """The model that judges, for the verifier and for the cascade."""

    model: Annotated[str, Field(min_length=1)]
    """The model's name, as the provider knows it."""
    url: Address | None = None
    """The address up to and without `/chat/completions`; without one, the chatbot's own provider and its key."""
    send_question: bool = True
    """Whether the customer's question goes along; without it, claims that only answer it are hard to judge."""
    body: dict[str, Any] = Field(default_factory=dict)
    """More fields of the request, or others; null leaves one out (`{temperature: null}` for reasoning models)."""


class JudgeOptions(JudgeModelOptions):
    kind: Literal["judge"] = "judge"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counts them; None where it does not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    verdict: Verdict
    usage: Usage


class JudgeError(VerifierError):
    """The model's answer does not count. ``spent``: the provider may have worked for it; ``usage`` where it said."""

    def __init__(self, message: str, *, spent: bool, usage: Usage | None = None) -> None:
        super().__init__(message)
        self.spent = spent
        self.usage = usage or Usage()


class JudgeVerifier:
    """One question to the model for each claim. Its confidence is the model's own, not a calibrated one."""

    name = "judge"

    def __init__(self, options: JudgeModelOptions, provider: Provider) -> None:
        """Raises VerifierError where the key's variable is not set."""
        self._options = options
        self._endpoint = _endpoint(options, provider)
        self.version = f"{options.model}@{self._endpoint.url}#{VERSION}"

    def verify(
        self, claim: Claim, *, question: str | None, hits: Sequence[Hit], facts: Sequence[Fact]
    ) -> Verdict:
        """The facts about the customer stay here: policy claims rest on policy."""
        return self.ask(claim, question=question, hits=hits).verdict

    def ask(self, claim: Claim, *, question: str | None, hits: Sequence[Hit]) -> Judged:
        """The verdict, and what it cost. Raises JudgeError."""
        if not hits:
            return Judged(NOTHING_FOUND, Usage(0, 0))
        try:
            answer = self._endpoint.post("/chat/completions", self.request(claim, question, hits))
        except EndpointError as error:
            raise JudgeError(str(error), spent=error.spent) from error
        usage = _usage_of(answer)
        try:
            return Judged(_verdict_of(_opinion_in(answer), claim, hits), usage)
        except ValueError as error:
            raise JudgeError(
                f"{self._endpoint.url}: the answer does not count: {error}", spent=True, usage=usage
            ) from error

    def request(self, claim: Claim, question: str | None, hits: Sequence[Hit]) -> dict[str, Any]:
        """The request's body: all that leaves this machine."""
        body = {
            "model": self._options.model,
            "messages": messages(claim, question if self._options.send_question else None, hits),
            "response_format": RESPONSE_FORMAT,
            "temperature": 0,
            **LIMIT,
            **self._options.body,
        }
        return {name: value for name, value in body.items() if value is not None}

    def close(self) -> None:
        self._endpoint.close()


def most_tokens(request: Mapping[str, Any]) -> tuple[int, int]:
    """How many tokens a request may take at most, in and out.

    No tokenizer makes more tokens than there are bytes, and the JSON around the texts outweighs what a chat template
    puts around them. English has four bytes a token or so, Japanese and Chinese one to three.
    """
    sent = json.dumps(request, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return len(sent), output_limit(request) or MOST_TOKENS


def output_limit(request: Mapping[str, Any]) -> int | None:
    """How many tokens its answers may have together, by the request itself; None where it sets no limit."""
    limits = [_count(request.get(name)) or 0 for name in ("max_completion_tokens", "max_tokens")]
    return max(limits) * (_count(request.get("n")) or 1) or None


def _endpoint(options: JudgeModelOptions, provider: Provider) -> Endpoint:
    """The provider's key goes to the provider alone, never to an address that the options name."""
    key = key_from(options.key_variable)
    own = {"authorization": f"Bearer {key.get_secret_value()}"} if key else None
    if options.url is not None:
        return Endpoint(options.url, timeout_s=options.timeout_s, at_once=options.at_once, headers=own)
    return Endpoint(
        provider.url,
        timeout_s=options.timeout_s,
        at_once=options.at_once,
        headers=own or provider.headers,
        query=provider.query,
    )


def _opinion_in(answer: Any) -> Opinion:
    """Raises ValueError, in words, for an answer that is cut off, refused or of another shape."""
    try:
        choice = answer["choices"][0]
        message = choice["message"]
        if choice.get("finish_reason") == "length":
            raise ValueError("it is cut off (max_completion_tokens)")
        if message.get("refusal"):
            raise ValueError("the model refuses")
        content = message["content"]
    except (KeyError, IndexError, TypeError, AttributeError):
        raise ValueError("it is no chat completion") from None
    if not isinstance(content, str):
        raise ValueError("it has no text")
    try:
        return opinion_from(content)
    except ValueError:
        raise ValueError("it is not the JSON that was asked for") from None


def _verdict_of(opinion: Opinion, claim: Claim, hits: Sequence[Hit]) -> Verdict:
    """What is unsupported comes with the nearest words of policy, as retrieval found them."""
    label, sure = Label(opinion.verdict), opinion.confidence
    supported = sure if label is Label.SUPPORTED else 1.0 - sure
    raw = {"judge": supported}
    quoted = () if label is Label.UNSUPPORTED else (_quoted(opinion, claim, hits),)
    if not quoted or sure < _UNSURE:
        reason = "the judge model does not find this in the policy"
        nearest = evidence_for(claim.reading or claim.text, windows_of(hits)[0])
        return Verdict(Label.UNSUPPORTED, min(supported, 1.0 - _UNSURE), reason, (nearest,), raw)
    return Verdict(label, supported, _REASONS[label].format(quoted[0].quote), quoted, raw)


def _quoted(opinion: Opinion, claim: Claim, hits: Sequence[Hit]) -> Evidence:
    """Who reads it sees the whole sentence. Raises ValueError where the quote is none, or not the ground it seems."""
    if not 1 <= opinion.passage <= len(hits):
        raise ValueError(f'it is "{opinion.verdict}" and names no passage')
    passage = hits[opinion.passage - 1].passage
    quoted = quoted_in(passage, opinion.quote)
    if quoted is None:
        raise ValueError(f'it is "{opinion.verdict}", and its quote does not stand in the passage it names')
    if opinion.verdict == "supported" and denies_beyond(quoted.beside, claim.reading or claim.text):
        raise ValueError('it is "supported", and its quote leaves out what the sentence denies')
    return evidence(passage, quoted.shown)


def _usage_of(answer: Any) -> Usage:
    usage: Any = answer.get("usage") if isinstance(answer, Mapping) else None
    counts = usage if isinstance(usage, Mapping) else {}
    return Usage(_count(counts.get("prompt_tokens")), _count(counts.get("completion_tokens")))


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
