"""The report for auditors: one HTML file that needs nothing else. Claims are strangers' text and always escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from proxy.calibration.chart import Bin, bins_of, reliability_diagram
from proxy.calibration.fitting import ASSUMPTIONS, Provenance, Result
from proxy.calibration.labels import Labelled
from proxy.calibration.measures import BINS, CalibrationGap, Figures, Interval

MOST_MISTAKES = 25
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#1f2937;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;margin:.5rem 0}
th,td{border-bottom:1px solid #d1d5db;padding:.25rem .8rem .25rem 0;text-align:left;vertical-align:top}
td.n{font-variant-numeric:tabular-nums;white-space:nowrap}.promise{border-left:4px solid #2563eb;padding:.3rem 1rem}
.none{border-color:#b91c1c}svg{max-width:100%;height:auto}small{color:#4b5563}
"""

Row = tuple[str, ...]


def report_page(result: Result, provenance: Provenance, rows: Sequence[Labelled]) -> str:
    """The page as HTML. ``rows`` are those of the sample, in its order."""
    before = bins_of(result.sample.scores, result.sample.true)
    after = bins_of(result.mapped, result.sample.true)
    body = [
        f"<h1>Calibration of {escape(provenance.verifier.name)}</h1>",
        _table((), _provenance(result, provenance)),
        "<h2>The promise</h2>",
        _promise(result),
        "<h2>Figures</h2>",
        _table(("", "before", "after (out of fold)"), figure_rows(result.before, result.after)),
        f"<p><small>{escape(HOW_TO_READ)}</small></p>",
        "<h2>Reliability</h2>",
        reliability_diagram(before, after),
        _bins_table("before", before),
        _bins_table("after (out of fold)", after),
        "<h2>The curve</h2>",
        f"<p>{escape(result.chosen.why)}.</p>",
        _table(
            ("curve", "Brier", "log loss"),
            [(t.kind, f"{t.brier:.4f}", f"{t.log_loss:.4f}") for t in result.chosen.trials],
        ),
        "<h2>Supported by the verifier, and wrong</h2>",
        _mistakes(result, rows),
        "<h2>What this rests on</h2>",
        "<ul>" + "".join(f"<li>{escape(each)}</li>" for each in ASSUMPTIONS) + "</ul>",
    ]
    return _page(f"Calibration of {provenance.verifier.name}", "\n".join(body))


HOW_TO_READ = (
    f"All figures are on rows that the curve was not fitted on; intervals are 95%, by resampling groups. The expected "
    f"calibration error has {BINS} bins, of equal width and of equal number. Labels in a bin are few, so a perfectly "
    "calibrated model shows an error too; its mean and the range of 95% of its values are from simulation with the "
    "same confidences at this n. The excess is what is left. Slope 1 and intercept 0 are perfect; a slope below 1 "
    "means too sure of itself."
)


def figure_rows(before: Figures, after: Figures) -> list[Row]:
    """What the terminal and the page show: a name, the figure before, and the figure after."""
    both = (before, after)
    return [
        ("claims (supported)", *(f"{each.n} ({each.true})" for each in both)),
        ("Brier", *(f"{each.brier:.4f} {_interval(each.brier_interval)}" for each in both)),
        ("log loss", *(f"{each.log_loss:.4f} {_interval(each.log_loss_interval)}" for each in both)),
        ("slope", *(f"{each.slope:.2f}" for each in both)),
        ("intercept", *(f"{each.intercept:+.2f}" for each in both)),
        *_gap_rows("equal width", before.equal_width, after.equal_width),
        *_gap_rows("equal mass", before.equal_mass, after.equal_mass),
    ]


def _gap_rows(name: str, *both: CalibrationGap) -> list[Row]:
    return [
        (f"ECE, {BINS} bins, {name}", *(f"{each.ece:.4f}" for each in both)),
        ("  a perfect model's", *(f"{each.perfect:.4f} {_interval(each.perfect_interval)}" for each in both)),
        ("  excess", *(f"{each.excess:+.4f} {_interval(each.excess_interval, '+')}" for each in both)),
    ]


def _interval(interval: Interval, sign: str = "") -> str:
    low, high = interval
    return f"[{low:{sign}.4f}, {high:{sign}.4f}]"


def _provenance(result: Result, provenance: Provenance) -> list[Row]:
    sample = result.sample
    aside = ", ".join(f"{count} {reason}" for reason, count in provenance.set_aside.items()) or "none"
    return [
        ("verifier", f"{provenance.verifier.name} {provenance.verifier.version}"),
        ("corpus", provenance.corpus_version),
        ("labels", f"{provenance.labels_file} (SHA-256 {provenance.labels_sha256})"),
        ("rows", f"{provenance.rows}, of which {len(sample)} used in {sample.group_count} groups"),
        ("set aside", aside),
        ("score taken from the file", f"{provenance.scored_before} rows"),
        ("made at", provenance.made_at.isoformat(timespec="seconds")),
    ]


def _promise(result: Result) -> str:
    control = result.control
    shown = "promise" if control.threshold is not None else "promise none"
    steps = [
        (
            f"{each.threshold:.3f}",
            f"{result.chosen.curve(each.threshold):.3f}",
            str(each.delivered),
            str(each.wrong),
            f"{each.upper:.2%}",
            f"{each.p_value:.4f}",
            "yes" if each.passed else "no; the sequence ends",
        )
        for each in control.tested
    ]
    columns = ("raw threshold", "calibrated", "delivered", "wrong", "upper bound", "p", "proven")
    alone = result.sample.group_count == len(result.sample)
    effect = f"Counts are divided by the design effect of the groups, {control.design_effect:.2f}."
    counting = "Each row is its own group and counts in full." if alone else effect
    return (
        f'<p class="{shown}">{escape(control.statement)}</p>'
        + (_table(columns, steps) if steps else "")
        + f"<p><small>{escape(counting)}</small></p>"
    )


def _bins_table(title: str, bins: Iterable[Bin]) -> str:
    rows = [(f"{b.said:.3f}", f"{b.true:.3f}", f"[{b.low:.3f}, {b.high:.3f}]", str(b.n)) for b in bins]
    columns = ("mean confidence", "share supported", "95% interval", "claims")
    return f"<details><summary>Bins {escape(title)}</summary>{_table(columns, rows)}</details>"


def _mistakes(result: Result, rows: Sequence[Labelled]) -> str:
    """The wrong ones that the verifier was surest of: what to look at first."""
    sample, control = result.sample, result.control
    wrong = [n for n in range(len(sample)) if sample.supported[n] and not sample.true[n]]
    wrong.sort(key=lambda n: -sample.scores[n])
    if not wrong:
        return "<p>None.</p>"
    bar = control.threshold
    shown = [
        (
            rows[n].id,
            rows[n].question or "",
            rows[n].claim,
            rows[n].label,
            f"{sample.scores[n]:.3f}",
            f"{result.mapped[n]:.3f}",
            "" if bar is None else "yes" if sample.scores[n] >= bar else "no",
        )
        for n in wrong[:MOST_MISTAKES]
    ]
    columns = ("id", "question", "claim", "label", "raw", "calibrated", "above the threshold")
    return f"<p>{len(wrong)}, the surest {len(shown)} first.</p>" + _table(columns, shown)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    lines = ["<tr>" + "".join(_cell(value) for value in row) + "</tr>" for row in rows]
    return f"<table>{f'<tr>{head}</tr>' if head else ''}{''.join(lines)}</table>"


def _cell(value: Any) -> str:
    text = str(value)
    return f"<td{' class=n' if text[:1] in '+-[0123456789' and len(text) < 40 else ''}>{escape(text)}</td>"


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        # Whatever slipped through escaping still could neither run nor load anything.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )
