"""``cxai rehearse draw``: a pilot, or production, drawn from a suite by a process that its ``draws.yaml`` states."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proxy.commands.options import CommandError
from proxy.commands.output import counted
from proxy.commands.rehearse import rehearse


@rehearse.command("draw")
def draw_suite(
    suite: Annotated[Path, typer.Argument(metavar="FOLDER", help="A suite's folder, with its draws.yaml.")],
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Which of the processes that draws.yaml states.")
    ],
    to: Annotated[
        Path, typer.Option("--to", metavar="FILE", help="The suite to write; it must not be there yet.")
    ],
    without: Annotated[
        Path | None, typer.Option("--without", metavar="SUITE", help="Leave out what is in this suite.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another one draws other conversations.")] = 1,
) -> None:
    """Draw a suite from another one, by a stated process.

    For example: cxai rehearse draw policies/rehearsal/airline production --without pilot.jsonl --to live.jsonl
    """
    from proxy.rehearsal.suite.drawing import drawn, read_draws
    from proxy.rehearsal.suite.reading import SuiteError, open_suite, write_suite

    if to.exists():
        raise CommandError(f"--to: {to} is there already; name a file that is not")
    try:
        draws = read_draws(suite)
        if name not in draws:
            raise CommandError(f'there is no process "{name}"; draws.yaml states {", ".join(draws)}')
        taken = {one.id for one in open_suite(without).conversations()} if without else set()
        head, conversations = drawn(open_suite(suite), name, draws[name], seed, taken)
        write_suite(to, head, conversations)
    except SuiteError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"--to: {to} cannot be written: {error.strerror}") from None
    turns = sum(len(one.turns) for one in conversations)
    print(
        f"{to}: {counted(len(conversations), 'conversation')} of {head.sampling.of}, {counted(turns, 'turn')}; "
        f"{head.sampling.how}"
    )
    if draws[name].operators:
        print(f"Play it with {' '.join(f'--with {one}' for one in draws[name].operators)}")
