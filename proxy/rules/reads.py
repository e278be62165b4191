"""What a condition reads: ``request.text``, ``context.open_case``, ``answer.tool_calls``, ``claims``.

CEL's checker says it: without what it reads, a condition does not compile.
"""

from __future__ import annotations

from proxy.rules.effects import READS
from proxy.rules.expressions import compiles, variables_in
from proxy.rules.rules import Compiled
from proxy.rules.schema import VARIABLES, Schema


def reads(one: Compiled, schema: Schema) -> frozenset[str]:
    """The variables that a rule's condition reads, and of each the fields."""
    when, may_read = one.rule.when, READS[one.phase]
    variables = variables_in(when, may_read, schema)
    fields = [
        f"{variable}.{field}"
        for variable in variables
        for field in schema.objects.get(VARIABLES[variable], ())
        if field in when and not compiles(when, may_read, schema.without(VARIABLES[variable], field))
    ]
    return frozenset([*variables, *fields])
