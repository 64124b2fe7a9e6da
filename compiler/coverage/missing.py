"""Whether a value may be missing for a reason that a test can show.

The type of a plan is more careful: a column may hold NULL whatever the catalog says, and a sum
of doubles may overflow. Nobody writes a test for either.
"""

from collections.abc import Sequence

from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.nodes import Among, Expr, Population


def may_be_missing(expr: Expr, catalog: Catalog, events: Sequence[str] = ()) -> bool:
    """Whether the catalog, an empty aggregate, or an operator like `/` may leave it missing.

    `events` are those whose rows it is about, by step.
    """
    if not expr.type.nullable:
        return False
    match expr.op:
        case "attribute":
            field = catalog.entity.attributes.get(str(expr.param))
            return field is not None and field.type.nullable
        case "property":
            assert isinstance(expr.param, tuple)
            step, name = expr.param
            return catalog.events[events[step]].properties[name].type.nullable
        case "aggregate" | "sqrt":
            return True
        case "population":
            # A standing without a value; or a quantile of nobody, who is then not there to ask.
            return may_be_missing(expr.args[0], catalog, events)
        case "quotient":
            divisor = expr.args[1]
            if _counts_entities(divisor):
                return may_be_missing(expr.args[0], catalog, events)
            while divisor.op in ("units", "to float"):
                divisor = divisor.args[0]
            if divisor.op != "literal" or divisor.param == 0:
                return True
            return may_be_missing(expr.args[0], catalog, events)
        case "if":
            return any(may_be_missing(branch, catalog, events) for branch in expr.args[1:])
        case "??":
            return may_be_missing(expr.args[1], catalog, events)
        case _:
            return any(may_be_missing(arg, catalog, events) for arg in expr.args)


def _counts_entities(divisor: Expr) -> bool:
    """Whether it says how many entities have a value: none only where nobody is there to ask."""
    while divisor.op in ("units", "to float", "rescale"):
        divisor = divisor.args[0]
    return isinstance(divisor.param, Population) and divisor.param.among is Among.COUNT
