"""What the ledger keeps of reviews, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from proxy.ledger.records import DEFAULT_TENANT, JsonObject

FINISHED, RELEASED = "finished", "released"  # how a review ends
FIRST, RECONSIDERED = "first", "reconsidered"  # the stages of a judgement
CASE, SAMPLED, SEEDED_BAD, SEEDED_GOOD = "case", "sampled", "seeded-bad", "seeded-good"
READ = "read"  # nobody is given it: it notes who has read an answer that may come to be reviewed
SEEDED = (SEEDED_BAD, SEEDED_GOOD)
KINDS = (CASE, SAMPLED, *SEEDED, READ)
BY_PEOPLE = "people"  # of a draw: what people answered to cases, drawn by a share of its own


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One answer to review; ``key`` is the same whoever adds it, within its tenant.

    ``kind`` is one of ``KINDS``. Its text is that of the decision ``response_id``; a made-up answer has its own
    ``content``, ``{question, claims: [{number, text, evidence, ...}]}``, and where it names a decision, stands in that
    one's place and is asked about with its question. ``truth`` says of a seeded item's claims, by their number as text,
    what is known: ``supported``, ``contradicted`` or ``unsupported``. ``second``: it wants two blind reviews.
    ``author`` is the person who wrote it, if one did, in the case ``case_ref``; ``inclusion`` the probability with
    which it was drawn.
    """

    id: str
    key: str
    kind: str
    created_at: datetime
    answered_at: datetime
    risk: str = "medium"
    second: bool = False
    response_id: str | None = None
    case_ref: str | None = None
    content: JsonObject | None = None
    truth: dict[str, str] | None = None
    source: str | None = None
    author: str | None = None
    inclusion: float | None = None
    tenant: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class ReviewGiving:
    """An item given to a person, who gets it once; ``round`` is 1 for the first review of it, 2 for the second.

    ``required`` are the numbers of the claims that have to be judged before the machine's verdict is shown.
    """

    id: str
    item_id: str
    reviewer: str
    round: int
    at: datetime
    required: list[int] = field(default_factory=list)
    burst: str | None = None
    simulated: bool = False
    tenant: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class ReviewJudgement:
    """What a person said of a claim, and how long it was before their eyes, in milliseconds."""

    giving_id: str
    claim: int
    stage: str
    verdict: str
    at: datetime
    visible_ms: int
    focused_ms: int
    floor_ms: int
    note: str | None = None

    @property
    def hurried(self) -> bool:
        """Judged faster than its text can be read."""
        return self.focused_ms < self.floor_ms


@dataclass(frozen=True, slots=True)
class ReviewEnd:
    """How a review ended. ``wanted`` is how many reviews its item needs, as it was known then."""

    giving_id: str
    at: datetime
    outcome: str
    wanted: int


@dataclass(frozen=True, slots=True)
class Review:
    """A giving with its item, all that was said in it (first verdicts first) and its end, where it has one."""

    giving: ReviewGiving
    item: ReviewItem
    judgements: tuple[ReviewJudgement, ...] = ()
    end: ReviewEnd | None = None

    def by(self, at: datetime) -> Review:
        """As it stood at a time."""
        said = tuple(one for one in self.judgements if one.at <= at)
        return replace(self, judgements=said, end=self.end if self.end and self.end.at <= at else None)

    @property
    def finished(self) -> bool:
        return self.end is not None and self.end.outcome == FINISHED

    @property
    def first(self) -> dict[int, str]:
        """The blind verdict by claim."""
        return {one.claim: one.verdict for one in self.judgements if one.stage == FIRST}

    @property
    def last(self) -> dict[int, str]:
        """The verdict by claim that stands: the reconsidered one, where there is one."""
        return self.first | {one.claim: one.verdict for one in self.judgements if one.stage == RECONSIDERED}


@dataclass(frozen=True, slots=True)
class ReviewDraw:
    """A sample of the answers delivered from ``since`` until ``until``: of ``population``, ``drawn`` items.

    ``shares`` is, by risk, ``{share, population, drawn}``: the probability with which each was drawn, and how many.
    What people answered to cases stands there as ``BY_PEOPLE``, and is not in ``population`` and ``drawn``.
    """

    tenant: str
    since: datetime
    until: datetime
    at: datetime
    population: int
    drawn: int
    shares: dict[str, JsonObject]

    def by_people(self, name: str) -> int:
        """Of what people answered, the ``population``, or how many were ``drawn``."""
        return int(self.shares.get(BY_PEOPLE, {}).get(name, 0))
