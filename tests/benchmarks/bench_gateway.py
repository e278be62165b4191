"""What the proxy costs where it guards nothing, beside LiteLLM's proxy and Portkey's gateway, in one run.

    make bench-gateway [ARGS="--rounds 7"]

Each stands before the same provider on loopback, which answers at once; a route of ours is ``mode: off``. Rounds are
interleaved, and ratios are taken within a round: between runs the figures of one machine drift by a factor of two.
Writes the table into docs/performance.md. Peers that scripts/bench-gateway could not install are named and left out.
"""

from __future__ import annotations

import argparse
from functools import partial

from benchmarks import performance_page
from benchmarks.gateway.gateways import OURS, installed, ours_as_installed
from benchmarks.gateway.rounds import Plan, measure
from benchmarks.gateway.table import table


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=Plan().rounds)
    parser.add_argument(
        "--starts", type=int, default=Plan().starts, help="how often each is started and timed"
    )
    parser.add_argument(
        "--short", action="store_true", help="a second for each measurement: to try, not to quote"
    )
    parser.add_argument(
        "--no-page", action="store_true", help="print the table and leave docs/performance.md"
    )
    options = parser.parse_args()
    seconds = {"one_s": 1.0, "many_s": 2.0, "stream_s": 1.0} if options.short else {}
    plan = Plan(rounds=options.rounds, starts=options.starts, **seconds)
    peers, missing = installed()
    measured = measure([ours_as_installed, *peers], plan, partial(print, flush=True))
    measured.missing += missing
    found = table(measured, OURS)
    print(found.markdown())
    if not options.no_page:
        performance_page.write("bench-gateway", [found])


if __name__ == "__main__":
    main()
