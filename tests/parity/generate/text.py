"""Syntax trees as the text of a rule file."""

from segue.grammar import ast
from segue.grammar.unparse import unparse, unparse_window


def source(module: ast.Module) -> str:
    """The text of a file that means these definitions."""
    return "".join(f"{_item(item)}\n" for item in module.items)


def _item(item: ast.Item) -> str:
    match item:
        case ast.Metric(name=name, value=value, default=default):
            tail = "" if default is None else f" default {unparse(default)}"
            return f"metric {name.text} = {unparse(value)}{tail}"
        case ast.Condition(name=name, value=value):
            return f"condition {name.text} = {unparse(value)}"
        case ast.Segment(name=name, when=when):
            return f"segment {name.text} {{ when {unparse(when)} }}"
        case ast.Tiers(name=name, by=by, tiers=tiers):
            rows = "".join(f" {tier.name.text} {_bound(tier.bound)}" for tier in tiers)
            return f"tiers {name.text} by {unparse(by)} {{{rows} }}"
        case ast.State(name=name, type=type, initial=initial, low=low, high=high):
            kept = f" between {unparse(low)} and {unparse(high)}" if low and high else ""
            updates = "".join(f" {_update(update)}" for update in item.updates)
            return f"state {name.text}: {type.text} = {unparse(initial)}{kept} {{{updates} }}"
        case ast.Define(name=name, parameters=parameters, value=value):
            names = ", ".join(parameter.text for parameter in parameters)
            return f"define {name.text}({names}) = {unparse(value)}"
        case ast.Score(name=name, type=type, predict=predict, features=features):
            foretold = "" if predict is None else f" predict {unparse(predict)}"
            read = ", ".join(map(unparse, features))
            return f"score {name.text}: {type.text} {{{foretold} from {read} {_learnt(item)} }}"
    raise TypeError(f"no text for {item!r}")


def _learnt(score: ast.Score) -> str:
    assert score.model is not None
    assert score.training is not None
    given = ", ".join(f"{a.name.text} = {unparse(a.value)}" for a in score.model.arguments)
    window, every = unparse_window(score.training.window), score.training.every
    often = "" if every is None else f"every {unparse(every)} "
    return f"with {score.model.name.text}({given}) train {often}over {window}"


def _update(update: ast.Update) -> str:
    where = "" if update.where is None else f" where {unparse(update.where)}"
    return f"on {update.event.text}{where} {update.operation} {unparse(update.value)}"


def _bound(bound: ast.TierBound | None) -> str:
    return "otherwise" if bound is None else f"when {bound.operator} {unparse(bound.value)}"
