"""The condition of a segment as a tree: what each part was written as, and what it is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from segue.compiler.plan.nodes import Aggregate, Expr, Kernel, Scored
from segue.compiler.plan.plan import Definition, Plan
from segue.compiler.scores.contributions import contributions, in_unit
from segue.compiler.scores.model import Link
from segue.compiler.scores.scorer import is_served, model_of
from segue.compiler.types import Type
from segue.grammar.unparse import unparse

Values = Callable[[Expr], Any]
"""The value of an expression for the entity in question; None is missing."""

# What the compiler puts around a value without changing what it says.
_WRAPPERS = frozenset({"rescale", "to float", "units", "truth"})
_COUNTING = frozenset({Kernel.COUNT, Kernel.DISTINCT})
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})


class Form(StrEnum):
    """How the parts of a condition make it true."""

    ALL = "all"
    ANY = "any"
    NOT = "not"
    CHOICE = "choice"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Operand:
    """One value that a test looks at. `folds` are the aggregates and attributes behind it."""

    text: str
    name: str
    value: Any
    type: Type
    constant: bool
    hidden: bool
    event: str = ""
    """The event that is counted, where it is a plain count of events."""
    counts: bool = False
    """Whether it counts something, and so is never negative."""
    folds: tuple["Operand", ...] = ()
    reasons: "Reasons | None" = None
    """Of a score, what it comes from."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A feature of a score, and how much it adds, in the representation of the score."""

    feature: Operand
    adds: float


@dataclass(frozen=True, slots=True)
class Reasons:
    """What a score comes from: the usual score, and what each feature adds to it, the greatest
    first. `usual` is None of a class, whose features add to how likely it is instead."""

    usual: float | None
    parts: tuple[Reason, ...]


@dataclass(frozen=True)
class Condition:
    """A condition or a part of one; `decides` marks the parts that make the answer what it is."""

    id: int
    form: Form
    text: str
    name: str
    holds: bool
    decides: bool
    parts: tuple["Condition", ...] = ()
    test: str = ""
    """The operator of a test."""
    operands: tuple[Operand, ...] = ()

    @property
    def label(self) -> str:
        """Its name, or what it was written as."""
        return self.name or self.text

    @cached_property
    def tests(self) -> tuple["Condition", ...]:
        """The tests in it, each once."""
        found = {c.id: c for c in self.walk() if c.form is Form.TEST}
        return tuple(found.values())

    @property
    def hidden(self) -> bool:
        """Whether the answer tells something about a personal value."""
        return any(operand.hidden for test in self.tests for operand in test.operands)

    def walk(self) -> Iterator["Condition"]:
        """It and all its parts."""
        yield self
        for part in self.parts:
            yield from part.walk()


def condition_tree(plan: Plan, segment: Definition, values: Values) -> Condition:
    """The condition of a segment with the values of one entity."""
    return _Reader(plan, values).condition(segment.expr, decides=True, root=True)


def strip(expr: Expr) -> Expr:
    """The value itself, without the conversions around it."""
    while expr.op in _WRAPPERS:
        expr = expr.args[0]
    return expr


class _Reader:
    def __init__(self, plan: Plan, values: Values) -> None:
        self.plan = plan
        self.values = values
        groups: tuple[Mapping[str, Definition], ...] = (
            plan.segments,
            plan.conditions,
            plan.metrics,
        )
        self.names = {d.expr.id: d.name for group in groups for d in reversed(list(group.values()))}

    def condition(self, expr: Expr, *, decides: bool, root: bool = False) -> Condition:
        holds = bool(self.values(expr))
        form, parts = self._parts(expr)
        if form is Form.TEST:
            return self._test(expr, holds, decides, "" if root else self.names.get(expr.id, ""))
        inner = tuple(
            self.condition(part, decides=decides and self._part_decides(form, holds, parts, i))
            for i, part in enumerate(parts)
        )
        name = "" if root else self.names.get(expr.id, "")
        return Condition(expr.id, form, self.text(expr), name, holds, decides, inner)

    def _parts(self, expr: Expr) -> tuple[Form, tuple[Expr, ...]]:
        match expr.op:
            case "and":
                return Form.ALL, expr.args
            case "or":
                return Form.ANY, expr.args
            case "not" if self.text(expr.args[0]):
                return Form.NOT, expr.args
            case "if":
                return Form.CHOICE, expr.args
            case _:
                return Form.TEST, ()

    def _part_decides(self, form: Form, holds: bool, parts: tuple[Expr, ...], place: int) -> bool:
        if form is Form.CHOICE:
            taken = 1 if self.values(parts[0]) else 2
            return place in (0, taken)
        if form is Form.NOT:
            return True
        # In a false `and` and a true `or`, the parts of the other truth decide nothing.
        one_is_enough = holds is (form is Form.ANY)
        return not one_is_enough or bool(self.values(parts[place])) is holds

    def _test(self, expr: Expr, holds: bool, decides: bool, name: str) -> Condition:
        # `x is not missing` and `x not in […]` are one test, although the plan has two nodes.
        inner = expr.args[0] if expr.op in ("truth", "not") else expr
        sides = inner.args if inner.op in COMPARISONS or inner.op == "in" else (inner,)
        if inner.op == "is missing":
            sides = inner.args
        operands = tuple(self.operand(strip(side)) for side in sides)
        return Condition(
            expr.id,
            Form.TEST,
            self.text(expr),
            name,
            holds,
            decides,
            test=f"not {inner.op}" if expr.op == "not" else inner.op,
            operands=operands,
        )

    def operand(self, expr: Expr) -> Operand:
        """A value, and what it is made of unless that is itself."""
        leaf = expr.op in ("aggregate", "state", "attribute", "literal", "as_of")
        folds = () if leaf else tuple(self.operand(part) for part in self._folds(expr))
        param = expr.param
        plain = isinstance(param, Aggregate) and param.kernel is Kernel.COUNT and not param.steps
        return Operand(
            text=self.text(expr),
            name=self.names.get(expr.id, ""),
            value=self.values(expr),
            type=expr.type,
            constant=expr.op == "literal",
            hidden=self._hidden(expr),
            event=param.event if isinstance(param, Aggregate) and plain else "",
            counts=isinstance(param, Aggregate) and param.kernel in _COUNTING,
            folds=folds,
            reasons=self._reasons(expr) if isinstance(expr.param, Scored) else None,
        )

    def _reasons(self, expr: Expr) -> Reasons | None:
        """What a score comes from, where it was computed and not read."""
        scored = expr.param
        assert isinstance(scored, Scored)
        if not scored.digest or is_served(expr):
            return None
        model = model_of(self.plan.models, scored)
        found = contributions(model, [self.values(arg) for arg in expr.args])
        if found is None:
            return None
        parts = [
            Reason(
                replace(self.operand(strip(arg)), name=feature.name),
                in_unit(model.kind, adds),
            )
            for arg, feature, adds in zip(expr.args, model.features, found.parts, strict=True)
        ]
        named = model.link is Link.GREATEST
        usual = None if named else in_unit(model.kind, found.usual)
        return Reasons(usual, tuple(sorted(parts, key=lambda part: -abs(part.adds))))

    def _folds(self, expr: Expr) -> list[Expr]:
        """The aggregates and attributes that an expression is computed from."""
        found: dict[int, Expr] = {}
        stack = [expr]
        while stack:
            node = stack.pop()
            if node.op in ("aggregate", "state", "attribute"):
                found[node.id] = node
            else:
                stack.extend(reversed(node.args))
        return list(found.values())

    def _hidden(self, expr: Expr) -> bool:
        """Whether the value itself, and not only what it was chosen by, is personal."""
        stack: list[tuple[Expr, str]] = [(expr, "")]
        while stack:
            node, event = stack.pop()
            if node.op == "attribute":
                field = self.plan.catalog.entity.attributes.get(str(node.param))
                if field is not None and field.pii:
                    return True
            elif node.op == "property" and isinstance(node.param, tuple):
                _, name = node.param
                if any(m.properties[name].pii for m in self.plan.catalog.members(event)):
                    return True
            elif isinstance(node.param, Aggregate):
                folded = node.param.value
                if folded is not None and node.param.kernel not in _COUNTING:
                    stack.append((folded, node.param.event))
            # What a model makes of a value does not tell it.
            if not isinstance(node.param, Scored):
                stack.extend((arg, event) for arg in node.args)
        return False

    def text(self, expr: Expr) -> str:
        """What an expression was written as; nothing for what the compiler made up."""
        written = self.plan.written.get(expr.id)
        if written is not None:
            return str(unparse(written))
        return str(expr.param) if expr.op == "attribute" else self.names.get(expr.id, "")
