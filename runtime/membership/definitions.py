"""A hash of what a segment's condition means, to tell a changed rule from changed data."""

from segue.compiler.plan.identity import identity
from segue.compiler.plan.nodes import Expr


def definition_hash(condition: Expr) -> str:
    """The same for equal conditions of any two rulesets, whatever their parts are called."""
    return identity(condition)
