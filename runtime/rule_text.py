"""What a definition says, as text for comments and documentation."""

from segue.compiler.plan.plan import Rule
from segue.grammar import ast
from segue.grammar.unparse import unparse


def rule_text(source: Rule) -> str:
    """The rule on one line, without its name."""
    match source:
        case ast.Segment():
            return unparse(source.when)
        case ast.Condition():
            return unparse(source.value)
        case ast.Metric():
            default = f" default {unparse(source.default)}" if source.default is not None else ""
            return unparse(source.value) + default
        case ast.State():
            kept = ""
            if source.low is not None and source.high is not None:
                kept = f" between {unparse(source.low)} and {unparse(source.high)}"
            return "; ".join([f"{unparse(source.initial)}{kept}", *map(_update, source.updates)])


def _update(update: ast.Update) -> str:
    where = "" if update.where is None else f" where {unparse(update.where)}"
    return f"on {update.event.text}{where} {update.operation} {unparse(update.value)}"
