"""What a condition reads: ``request.text``, ``context.open_case``, ``answer.tool_calls``, ``claims``.

CEL's checker says it: without what it reads, a condition does not compile.
"""

from __future__ import annotations

from proxy.rules.effects import READS
from proxy.rules.expressions import Expression, ExpressionError
from proxy.rules.rules import Compiled
from proxy.rules.schema import VARIABLES, Schema


def reads(one: Compiled, schema: Schema) -> frozenset[str]:
    """The variables that a rule's condition reads, and of each the fields."""
    variables = [name for name in READS[one.phase] if _needs(one, schema, leaving_out=name)]
    fields = [
        f"{variable}.{field}"
        for variable in variables
        for field in schema.objects.get(VARIABLES[variable], ())
        if field in one.rule.when and not _compiles(one, schema.without(VARIABLES[variable], field))
    ]
    return frozenset([*variables, *fields])


def _needs(one: Compiled, schema: Schema, leaving_out: str) -> bool:
    others = tuple(name for name in READS[one.phase] if name != leaving_out)
    return not _compiles(one, schema, others)


def _compiles(one: Compiled, schema: Schema, variables: tuple[str, ...] | None = None) -> bool:
    try:
        return bool(Expression(one.rule.when, READS[one.phase] if variables is None else variables, schema))
    except ExpressionError:
        return False
