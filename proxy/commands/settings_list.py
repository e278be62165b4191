"""``cxai settings``: every setting, its value, and where that came from."""

from __future__ import annotations

from proxy.commands.options import ConfigOption, CorpusOption, JsonOption, PoliciesOption, load
from proxy.commands.output import print_json_lines, print_table


def settings(
    config: ConfigOption = None,
    corpus: CorpusOption = None,
    policies: PoliciesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print each setting, its value and where that came from.

    Secrets are masked. docs/configuration.md says more about each.
    """
    shown = list(load(config, corpus=corpus, policies=policies).shown())
    if as_json:
        print_json_lines(
            {
                "name": one.name,
                "value": one.value,
                "source": one.source,
                "variable": one.variable,
                "description": one.description,
            }
            for one in shown
        )
        return
    rows = [(one.name, one.value, one.source, one.variable, one.description) for one in shown]
    print_table(("setting", "value", "source", "variable", "what it is for"), rows, empty="")
