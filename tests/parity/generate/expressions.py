"""Typed random expressions, written from the declarations of operators and aggregates.

An operator enters by being declared: its form says how it is written, its signatures what it
takes, its parameters which operands must be constants.
"""

from collections.abc import Sequence
from random import Random

from parity.generate.literals import SPECIAL, literal
from parity.generate.populations import comparison, comparisons
from parity.generate.productions import Application, Fold, applications, folds
from parity.generate.scopes import EVENT, Scope, Vocabulary, names
from parity.generate.selections import fold, recency, threshold
from segue.compiler.operators.declaration import Form, Operator
from segue.compiler.types import INTEGERS, Kind
from segue.grammar import ast

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
ORDERINGS = frozenset({"<", "<=", ">", ">="})
# What may stand, converted, where a kind is wanted (beside that kind itself).
NARROWER = {
    Kind.DECIMAL: (Kind.INT,),
    Kind.FLOAT: (Kind.RATIO, Kind.DECIMAL, Kind.INT),
    Kind.PROBABILITY: (Kind.RATIO,),
    Kind.RATIO: (Kind.PROBABILITY,),
    Kind.STRING: (Kind.ENUM,),
}


# Aggregates that rules are mostly made of, and how much more often than others.
USUAL = {"count": 5, "sum": 4, "exists": 3, "avg": 2, "count_distinct": 2, "count_periods": 3}


class Writer:
    """Writes expressions of one ruleset."""

    def __init__(self, random: Random, vocabulary: Vocabulary) -> None:
        self.random = random
        self.vocabulary = vocabulary
        self.budget = 0
        self.folds = True
        """Whether aggregates may be written, or only the names of metrics."""

    def expression(self, kind: Kind, depth: int, scope: Scope) -> ast.Expression:
        """An expression of a kind, at most so deep, within the budget of the definition."""
        self.budget -= 1
        if depth <= 0 or self.budget <= 0 or self.random.random() < 0.15:
            return self.leaf(kind, scope)
        written = None
        for _ in range(3):
            written = self._compound(kind, depth, scope)
            if written is not None:
                break
        return written or self.leaf(kind, scope)

    def condition(self, depth: int, scope: Scope) -> ast.Expression:
        """A condition."""
        return self.expression(Kind.BOOL, depth, scope)

    def leaf(self, kind: Kind, scope: Scope, *, constant: bool = False) -> ast.Expression:
        """A name or a constant."""
        found = [] if constant else names(self.vocabulary, scope, kind)
        rows = len(scope.events) > 0
        if found and (rows or self.random.random() < 0.85):
            # Names of rows stand first, and are why one writes a `where`.
            at = self.random.randrange(len(found))
            if rows and self.random.randrange(3):
                at = min(at, self.random.randrange(len(found)))
            return found[at]
        constant_written = literal(self.random, kind, self.vocabulary.edges)
        if constant_written is not None:
            return constant_written
        assert found, f"no {kind} is in sight"
        return found[0]

    # ---------------------------------------------------------------- compounds

    def _compound(self, kind: Kind, depth: int, scope: Scope) -> ast.Expression | None:
        roll = self.random.random()
        if kind is Kind.BOOL:
            if roll < 0.2:
                return self._logical(depth, scope)
            if roll < 0.5:
                return self._comparison(depth, scope)
            if roll < 0.6:
                return self._sugar(depth, scope)
            roll = (roll - 0.6) / 0.4
        if roll < 0.15 and any(s.result is kind for s in self.vocabulary.defines.values()):
            return self._define(kind, depth, scope)
        if roll < 0.25 and kind in comparisons() and self.folds:
            return comparison(self, self.random.choice(comparisons()[kind]), depth, scope)
        if roll < 0.55 and kind in folds() and self.folds:
            by_function: dict[str, list[Fold]] = {}
            for each_fold in folds()[kind]:
                by_function.setdefault(each_fold.function.name, []).append(each_fold)
            functions = list(by_function)
            weights = [USUAL.get(name, 1) for name in functions]
            function = self.random.choices(functions, weights)[0]
            return fold(self, self.random.choice(by_function[function]), depth, scope)
        if kind not in applications():
            return None
        by_operator: dict[str, list[Application]] = {}
        for each in applications()[kind]:
            by_operator.setdefault(each.operator.name, []).append(each)
        name = self.random.choice(list(by_operator))
        return self._apply(self.random.choice(by_operator[name]), depth, scope)

    def _logical(self, depth: int, scope: Scope) -> ast.Expression:
        match self.random.randrange(3):
            case 0:
                return negation(self.condition(depth - 1, scope))
            case n:
                count = self.random.choice((2, 2, 3))
                parts = tuple(self.condition(depth - 1, scope) for _ in range(count))
                return ast.Logical("and" if n == 1 else "or", parts)

    def _comparison(self, depth: int, scope: Scope) -> ast.Expression | None:
        found = [a for a in applications()[Kind.BOOL] if a.operator.name in COMPARISONS]
        kinds = list(dict.fromkeys(a.signature.params[0] for a in found))
        weights = [3 if kind in (Kind.INT, Kind.DECIMAL, Kind.FLOAT) else 1 for kind in kinds]
        kind = self.random.choices(kinds, weights)[0]
        fitting = [a for a in found if a.signature.params[0] is kind]
        return self._apply(self.random.choice(fitting), depth, scope)

    def _sugar(self, depth: int, scope: Scope) -> ast.Expression:
        """What is written in its own way and becomes other operators."""
        match self.random.randrange(8 if self.folds else 4):
            case 4 | 5:
                return recency(self, depth, scope)
            case 6 | 7:
                return threshold(self, depth, scope)
            case 0 if self.vocabulary.segments:
                name = ast.Name((self.random.choice(self.vocabulary.segments),))
                return ast.InSegment(name, self.random.random() < 0.5)
            case 1:
                kind = self.random.choice(
                    (
                        Kind.INT,
                        Kind.DECIMAL,
                        Kind.FLOAT,
                        Kind.DATE,
                        Kind.TIMESTAMP,
                        Kind.DURATION,
                        Kind.STRING,
                    )
                )
                operand = self.expression(kind, depth - 1, scope)
                ends = (self._operand(kind, depth - 2, scope) for _ in range(2))
                return ast.Between(operand, *ends)
            case 2:
                return self._in_list(depth, scope)
            case _:
                kind = self.random.choice(list(Kind))
                operand = self.expression(kind, depth - 1, scope)
                return ast.IsMissing(operand, self.random.random() < 0.5)

    def _in_list(self, depth: int, scope: Scope) -> ast.Expression:
        kind = self.random.choice(
            (
                Kind.STRING,
                Kind.INT,
                Kind.ENUM,
                Kind.DECIMAL,
                Kind.DATE,
                Kind.TIMESTAMP,
                Kind.FLOAT,
                Kind.DURATION,
                Kind.BOOL,
            )
        )
        operand = self.expression(kind, depth - 1, scope)
        count = self.random.choice((1, 2, 3, 5))
        constants = self.random.random() < 0.8
        items = tuple(
            self.enum_constant()
            if kind is Kind.ENUM
            else self.leaf(kind, scope, constant=constants)
            for _ in range(count)
        )
        return ast.InList(operand, items, self.random.random() < 0.5)

    def enum_constant(self) -> ast.Expression:
        """One of the accepted values, which all enums here share."""
        from parity.generate.pools import ENUMS

        return ast.String(self.random.choice(ENUMS))

    def _define(self, kind: Kind, depth: int, scope: Scope) -> ast.Expression:
        fitting = [n for n, s in self.vocabulary.defines.items() if s.result is kind]
        name = self.random.choice(fitting)
        signature = self.vocabulary.defines[name]
        arguments = tuple(
            ast.Name((self.random.choice(list(self.vocabulary.catalog.events)),))
            if parameter == EVENT
            else self._operand(Kind(parameter), depth - 1, scope.outside(), constant=constant)
            for parameter, constant in signature.parameters
        )
        return ast.Call(name, arguments)

    # ---------------------------------------------------------------- operators

    def _apply(self, application: Application, depth: int, scope: Scope) -> ast.Expression | None:
        operator, kinds = application.operator, application.signature.params
        if operator.form is Form.VARIADIC:
            count = self.random.choice((2, 3, 1))
            if operator.name in ("and", "or"):
                parts = tuple(self.condition(depth - 1, scope) for _ in range(max(2, count)))
                return ast.Logical("and" if operator.name == "and" else "or", parts)
            return ast.Call(operator.name, self._operands(operator, kinds * count, depth, scope))
        operands = self._operands(operator, kinds, depth, scope)
        match operator.form:
            case Form.FUNCTION:
                return ast.Call(operator.name, operands)
            case Form.INFIX:
                return ast.Binary(operator.name, operands[0], operands[1])
            case Form.PREFIX if operator.name == "negate":
                return ast.Unary("-", operands[0])
            case Form.PREFIX if operator.name == "not":
                return negation(operands[0])
            case Form.POSTFIX if operator.name == "is missing":
                return ast.IsMissing(operands[0], self.random.random() < 0.5)
            case Form.SPECIAL if operator.name == "if":
                return ast.IfElse(*operands)
            case Form.SPECIAL if operator.name == "in":
                return self._in_list(depth, scope)
        raise NotImplementedError(f"teach the generator how `{operator.name}` is written")

    def _operands(
        self, operator: Operator, kinds: Sequence[Kind], depth: int, scope: Scope
    ) -> tuple[ast.Expression, ...]:
        """Operands of the kinds; at most one is of a narrower kind, and the first no constant."""
        written: list[ast.Expression] = []
        converted = False
        for index, kind in enumerate(kinds):
            named = index < len(operator.parameters)
            parameter = operator.parameters[index] if named else None
            if parameter is not None and parameter.constant:
                special = SPECIAL.get((operator.name, parameter.name))
                written.append(
                    special(self.random) if special else self.leaf(kind, scope, constant=True)
                )
                continue
            same = [k for k in kinds if k is kind]
            narrower = NARROWER.get(kind, ())
            if operator.name in ORDERINGS and kind is Kind.STRING:
                narrower = ()  # The values of an enum have no order.
            if narrower and len(same) > 1 and not converted and self.random.random() < 0.15:
                converted = True
                kind = self.random.choice(narrower)
                if kind in INTEGERS and Kind.FLOAT not in kinds:
                    kind = Kind.INT
                written.append(self.names_or(kind, depth - 1, scope))
                continue
            if index > 0 and kind is Kind.ENUM and self.random.random() < 0.7:
                written.append(self.enum_constant())
                continue
            if index == 0 or kind in (Kind.ENUM, Kind.BOOL):
                written.append(self.names_or(kind, depth - 1, scope))
            else:
                written.append(self._operand(kind, depth - 1, scope))
        return tuple(written)

    def names_or(self, kind: Kind, depth: int, scope: Scope) -> ast.Expression:
        """An expression that is not a mere constant, if there is any other of its kind."""
        written = self.expression(kind, depth, scope)
        found = names(self.vocabulary, scope, kind)
        if found and isinstance(written, ast.Number | ast.Unary | ast.Percent | ast.String):
            return self.random.choice(found)
        return written

    def _operand(
        self, kind: Kind, depth: int, scope: Scope, *, constant: bool = False
    ) -> ast.Expression:
        """An operand that is a constant half of the time."""
        if constant or self.random.random() < 0.5:
            found = literal(self.random, kind, self.vocabulary.edges)
            if found is not None:
                return found
        if constant:
            return self.enum_constant()
        return self.expression(kind, depth, scope)


def negation(part: ast.Expression) -> ast.Expression:
    """`not part`; of a membership it is one node, as `not in s` is read."""
    if isinstance(part, ast.InSegment) and not part.negated:
        return ast.InSegment(part.segment, True)
    return ast.Unary("not", part)
