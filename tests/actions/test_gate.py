"""The gate lets a sentence go when it is judged, and nothing after it has closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.actions.decide import Action, Judged, Ruling
from proxy.actions.gate import CLOSED_MESSAGE, Gate, fit
from proxy.grounding.text.segments import Segment, segment

HANDED_OVER = "A colleague takes over: CX-TEST-TEST."


@dataclass
class Desk:
    """Rules by a word in the sentence; what was noted is kept."""

    rule: Callable[[str], Action]
    noted: list[Judged] = field(default_factory=list)

    async def judge(self, choice: int, piece: Segment, text_so_far: str) -> Judged:
        # Judging takes its time, and not the same for each sentence.
        await asyncio.sleep(0 if len(piece.text) % 2 else 0.0005)
        return Judged(piece, Ruling(self.rule(piece.text), "by rule"))

    def note(self, choice: int, judged: Judged) -> None:
        self.noted.append(judged)

    async def hand_over(self, judged: Judged) -> tuple[Judged, str]:
        return judged, HANDED_OVER


def by_word(text: str) -> Action:
    words = {"escalate": Action.ESCALATE, "refuse": Action.REFUSE}
    return next((action for word, action in words.items() if word in text.lower()), Action.DELIVER)


async def passed(text: str, cuts: list[int]) -> tuple[Gate, str]:
    gate = Gate(Desk(by_word), 0)
    out = ""
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        out += await gate.feed(text[start:end])
    return gate, out + await gate.finish()


TEXTS = st.lists(
    st.sampled_from(
        [
            "Fine. ",
            "Please escalate this! ",
            "- item one\n",
            "Refuse me. ",
            "Ünï 😊 text? ",
            "\n\n",
            "| a | b |\n",
        ]
    )
    | st.text(max_size=20),
    max_size=8,
).map("".join)


@given(text=TEXTS, data=st.data())
def test_however_the_text_is_cut_the_same_comes_out(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=10)))
    whole, at_once = asyncio.run(passed(text, []))
    pieces, piecewise = asyncio.run(passed(text, cuts))
    assert at_once == piecewise == whole.delivered == pieces.delivered
    assert (whole.closed, whole.refusal) == (pieces.closed, pieces.refusal)
    assert [(s.start, s.end) for s in whole.settled] == [(s.start, s.end) for s in pieces.settled]


@given(text=TEXTS)
def test_what_is_delivered_untouched_is_the_text_itself(text: str) -> None:
    gate = Gate(Desk(lambda _: Action.DELIVER), 0)
    asyncio.run(gate.feed(text))
    asyncio.run(gate.finish())
    assert gate.delivered == text and not gate.changed
    assert all(gate.delivered[s.start : s.end] == s.judged.segment.text for s in gate.settled)


async def test_a_handover_closes_the_choice() -> None:
    gate, out = await passed("All good. Please escalate. This never leaves.", [])
    assert out == f"All good. {HANDED_OVER}"
    assert gate.closed is Action.ESCALATE
    assert len(gate.settled) == 2


async def test_a_refusal_is_no_text() -> None:
    gate, out = await passed("All good. Refuse this. This never leaves.", [])
    assert out == "All good."[: len(out)] and gate.refusal == CLOSED_MESSAGE


async def test_a_sentence_leaves_before_the_next_one_is_there() -> None:
    gate = Gate(Desk(by_word), 0)
    assert (await gate.feed("This is fine. And ")).startswith("This is fine.")


async def test_what_is_foreseen_is_not_judged_twice() -> None:
    calls: list[str] = []

    class Counting(Desk):
        async def judge(self, choice: int, piece: Segment, text_so_far: str) -> Judged:
            calls.append(piece.text)
            return await super().judge(choice, piece, text_so_far)

    gate = Gate(Counting(by_word), 0)
    await gate.foresee("One. Two.")
    await gate.feed("One. Two.")
    await gate.finish()
    assert calls == ["One.", "Two."]


@pytest.mark.parametrize("row", ["| a | b |", "a | b"])
def test_a_repaired_table_row_stays_a_row(row: str) -> None:
    (piece,) = [s for s in segment(f"| x | y |\n|---|---|\n{row}\n") if s.text.strip("| ") == row.strip("| ")]
    assert fit("left | right", piece).count(r"\|") == 1
    assert fit("left", piece).startswith("|") == piece.text.startswith("|")


class DeskWithoutPeople(Desk):
    async def hand_over(self, judged: Judged) -> tuple[Judged, str]:
        return replace(judged, ruling=Ruling(Action.REFUSE, "nobody has it")), "Please call us."


async def test_a_handover_that_fails_does_not_pass_as_one() -> None:
    gate = Gate(DeskWithoutPeople(by_word), 0)
    assert await gate.feed("Fine. Please escalate this! And more. ") == "Fine. Please call us."
    assert gate.closed is Action.REFUSE
    assert gate.settled[-1].judged.ruling.action is Action.REFUSE
