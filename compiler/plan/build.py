"""Builds typed expressions: finds the signature that fits, converts operands, expands sugar."""

from collections.abc import Hashable, Iterable, Sequence
from decimal import Decimal
from functools import reduce

from segue.compiler.catalog.model import Catalog, Field, Value
from segue.compiler.operators.declaration import Missing, Operator, Signature, result_type
from segue.compiler.plan.nodes import (
    Aggregate,
    Among,
    Expr,
    Graph,
    Kernel,
    Population,
    Scored,
    State,
)
from segue.compiler.plan.windows import DAY
from segue.compiler.types import (
    BOOL,
    FLOAT,
    FLOATS,
    INT,
    INTEGERS,
    RATIO,
    TIMESTAMP,
    Kind,
    Type,
    decimal,
    enum,
)

FIXED_POINT_PLACES = 6


class BuildError(ValueError):
    """An operator given operands it has no meaning for; the checker says where."""


class Build:
    """Makes expressions of one graph over one catalog."""

    def __init__(self, graph: Graph, catalog: Catalog) -> None:
        self.graph = graph
        self.catalog = catalog

    # ------------------------------------------------------------------ leaves

    def literal(self, value: Hashable, type: Type) -> Expr:
        """A constant, in the representation of its type."""
        return self.graph.make("literal", param=value, type=type)

    def number(self, value: int | Decimal) -> Expr:
        """A number as written: an int, or a decimal with the places it was written with."""
        if isinstance(value, int):
            return self.literal(value, INT)
        places = max(0, -int(value.as_tuple().exponent))
        return self.literal(int(value.scaleb(places)), decimal(places))

    def as_of(self) -> Expr:
        """The instant of evaluation."""
        return self.graph.make("as_of", type=TIMESTAMP)

    def today(self) -> Expr:
        """The calendar day of `as_of`."""
        return self.call("date", self.as_of())

    def half(self) -> Expr:
        """0.5, exactly."""
        return self.literal(5, decimal(1))

    def key(self) -> Expr:
        """The entity's key."""
        key = self.catalog.entity.key
        return self.graph.make("attribute", param=key.name, type=key.type.required)

    def attribute(self, name: str) -> Expr:
        """An attribute of the entity, its default standing in where it is missing."""
        field = self.catalog.entity.attributes[name]
        return self._with_default(
            self.graph.make("attribute", param=name, type=field.type.optional), field
        )

    def property(self, event: str, step: int, name: str) -> Expr:
        """A property of the event row of a step, its default standing in."""
        field = self.catalog.events[event].properties[name]
        return self._with_default(
            self.graph.make("property", param=(step, name), type=field.type.optional), field
        )

    def event_time(self, step: int) -> Expr:
        """When the event of a step happened."""
        return self.graph.make("event_time", param=step, type=TIMESTAMP)

    def _with_default(self, leaf: Expr, field: Field) -> Expr:
        # A column may hold NULL whatever the catalog hopes, so leaves are always optional.
        if field.default is None:
            return leaf
        default: Value = field.default
        return self.call("??", leaf, self.literal(default, field.type.required))

    # --------------------------------------------------------------- operators

    def call(self, name: str, *args: Expr, param: Hashable = None) -> Expr:
        """An operator applied to operands, which are converted to fit its signature.

        Raises `BuildError` where no signature fits.
        """
        operator = self._operator(name)
        signature = match(operator, args)
        if signature is None:
            raise BuildError(f"`{name}` cannot take {' and '.join(str(a.type) for a in args)}")
        if operator.expand is not None:
            return operator.expand(self, args)
        operands = self._convert(operator, signature, args)
        type = result_type(operator, signature, tuple(a.type for a in operands))
        return self._fold(name, operands) or self.graph.make(name, operands, param, type=type)

    def fold(self, name: str, args: tuple[Expr, ...]) -> Expr:
        """A binary operator over many operands, from the left."""
        return reduce(lambda left, right: self.call(name, left, right), args)

    def logical(self, operator: str, parts: tuple[Expr, ...]) -> Expr:
        """`and` or `or` of conditions, as one node; a single part is itself."""
        parts = tuple(self.truth(part) for part in parts)
        return parts[0] if len(parts) == 1 else self.graph.make(operator, parts, type=BOOL)

    def negation(self, part: Expr) -> Expr:
        """The complement of a condition."""
        return self.graph.make("not", (self.truth(part),), type=BOOL)

    def truth(self, value: Expr) -> Expr:
        """A bool as a condition, which is never missing."""
        if value.type.kind is not Kind.BOOL:
            raise BuildError(f"{value.type} is not true or false")
        return self.call("truth", value) if value.type.nullable else value

    def choice(self, condition: Expr, then: Expr, otherwise: Expr) -> Expr:
        """`if condition then … else …`."""
        return self.call("if", self.truth(condition), then, otherwise)

    def tier(self, conditions: Sequence[Expr], names: tuple[str, ...]) -> Expr:
        """The name of the first condition that holds, or the last name where none does."""
        type = enum(names)
        *literals, value = (self.literal(name, type) for name in names)
        for condition, literal in reversed(list(zip(conditions, literals, strict=True))):
            value = self.choice(condition, literal, value)
        return value

    def in_constants(self, value: Expr, items: tuple[Expr, ...]) -> Expr:
        """`value in […]`: constants become one set, anything else a chain of `==`."""
        tests = [self.call("==", value, item) for item in items]
        operands = {test.args[0].id for test in tests}
        if len(operands) == 1 and all(test.args[1].op == "literal" for test in tests):
            constants = tuple(dict.fromkeys(test.args[1].param for test in tests))
            return self.graph.make("in", (tests[0].args[0],), constants, type=BOOL)
        return self.logical("or", tuple(tests))

    def mean(self, total: Expr, count: Expr) -> Expr:
        """A sum by how many it is of: a float, or a duration; missing for none."""
        if total.type.kind is Kind.INT:
            # The average of whole numbers is a number, not a ratio.
            return self.call("quotient", self.to_float(total), self.to_float(count))
        return self.divide(total, count)

    def divide(self, left: Expr, right: Expr) -> Expr:
        """Division with one rounding; see the declaration of `/`."""
        found = match(self._operator("/"), (left, right))
        assert found is not None
        exact = all(a.type.kind in INTEGERS | {Kind.DURATION} for a in (left, right))
        if exact:
            scale = max(left.type.scale, right.type.scale)
            operands = [self.call("units", self.rescale(a, scale)) for a in (left, right)]
        else:
            operands = [self.to_float(a) for a in (left, right)]
        type = RATIO if found.result is Kind.RATIO else FLOAT
        if "literal" in (left.op, right.op):
            type = FLOAT  # `orders / 4` is a number, not a share of something
        quotient = self.graph.make("quotient", operands, type=type.optional)
        if found.result is Kind.DURATION:
            return self.call("whole duration", quotient)
        return quotient

    def age(self, moment: Expr) -> Expr:
        """How long before `as_of`."""
        if moment.type.kind is Kind.DATE:
            days = self.call("days apart", moment, self.today())
            return self.call("days as duration", days)
        return self.call("-", self.as_of(), moment)

    def until(self, moment: Expr) -> Expr:
        """How long after `as_of`."""
        if moment.type.kind is Kind.DATE:
            days = self.call("days apart", self.today(), moment)
            return self.call("days as duration", days)
        return self.call("-", moment, self.as_of())

    def as_date(self, moment: Expr) -> Expr:
        """A date as it is, an instant as its calendar day."""
        return moment if moment.type.kind is Kind.DATE else self.call("date", moment)

    def anniversary(self, moment: Expr, within: Expr) -> Expr:
        """Whether an anniversary comes within a constant number of whole days."""
        if within.op != "literal" or not isinstance(within.param, int) or within.param % DAY:
            raise BuildError("`anniversary within` needs whole days, as in `within 7d`")
        return self.call("anniversary in days", self.as_date(moment), param=within.param // DAY)

    def aggregate(self, aggregate: Aggregate) -> Expr:
        """A fold over events."""
        match aggregate.kernel:
            case Kernel.COUNT | Kernel.DISTINCT:
                type = INT
            case Kernel.SUM:
                assert aggregate.value is not None
                type = aggregate.value.type.required
            case _:
                assert aggregate.value is not None
                type = aggregate.value.type.optional
        return self.graph.make("aggregate", param=aggregate, type=type)

    def state(self, state: State, changes: Iterable[Aggregate], type: Type) -> Expr:
        """A number that events change; `changes` are what its operations take."""
        args = [self.graph.make("aggregate", param=change, type=type) for change in changes]
        return self.graph.make("state", args, state, type=type)

    def population(self, population: Population, value: Expr, other: Expr | None = None) -> Expr:
        """How the entity stands among all; `other` is the group, or the key."""
        missing = value.type.nullable
        match population.among:
            case Among.COUNT:
                type = INT
            case Among.SUM:
                type = value.type.required
            case Among.BELOW | Among.ABOVE:
                type = INT.or_missing(missing)
            case Among.QUANTILE:
                type = value.type.optional
            case Among.TOP:
                type = BOOL
        args = (value,) if other is None else (value, other)
        return self.graph.make("population", args, population, type=type)

    def score(self, scored: Scored, features: Iterable[Expr], type: Type) -> Expr:
        """What a model says of the entity; `features` are in the model's order."""
        return self.graph.make("score", features, scored, type=type)

    # ------------------------------------------------------------- conversions

    def to_float(self, value: Expr) -> Expr:
        """A number as a double."""
        return value if value.type.kind in FLOATS else self.call("to float", value)

    def rescale(self, value: Expr, scale: int) -> Expr:
        """An exact number with `scale` decimal places; durations and ints of scale 0 as is."""
        missing = scale - value.type.scale
        if missing <= 0 or value.type.kind not in INTEGERS:
            return value
        factor = 10**missing
        type = decimal(scale).or_missing(value.type.nullable)
        if value.op == "literal":
            assert isinstance(value.param, int)
            return self.literal(value.param * factor, type)
        return self.graph.make("rescale", (value,), factor, type=type)

    def exact(self, value: Expr, places: int = FIXED_POINT_PLACES) -> Expr:
        """A number whose sum is exact: a float becomes fixed point."""
        if value.type.kind not in FLOATS:
            return value
        return self.graph.make("fixed", (value,), type=decimal(places).optional)

    def _convert(
        self, operator: Operator, signature: Signature, args: tuple[Expr, ...]
    ) -> tuple[Expr, ...]:
        scale = max((a.type.scale for a in args), default=0)
        align = Kind.DECIMAL in signature.params and signature.scale == "max"
        return tuple(
            self._convert_one(operator, arg, kind, scale if align else 0)
            for arg, kind in zip(args, signature.params, strict=True)
        )

    def _convert_one(self, operator: Operator, arg: Expr, kind: Kind, scale: int) -> Expr:
        if kind is Kind.BOOL and operator.name == "if":
            return self.truth(arg)
        if kind in FLOATS:
            return arg if operator.name in ("units", "to float") else self.to_float(arg)
        if kind is Kind.DECIMAL:
            return self.rescale(arg, scale)
        return arg

    def _fold(self, name: str, args: tuple[Expr, ...]) -> Expr | None:
        """What an operator makes of constants, where that can be said now."""
        if not args or args[0].op != "literal":
            return None
        first = args[0]
        if name == "??":
            return first
        if name == "is missing":
            return self.literal(False, BOOL)
        if name == "negate" and isinstance(first.param, int | float):
            return self.literal(-first.param, first.type)
        if name == "to float" and isinstance(first.param, int):
            return self.literal(first.param / 10**first.type.scale, FLOAT)
        return None

    @staticmethod
    def _operator(name: str) -> Operator:
        # Operators expand through this class, and this class looks them up: import late.
        from segue.compiler.operators.registry import OPERATORS

        return OPERATORS[name]


def match(operator: Operator, args: tuple[Expr, ...]) -> Signature | None:
    """The first signature whose parameters the operands can be converted to."""
    if operator.missing is Missing.HANDLED and operator.name in ("and", "or"):
        return operator.signatures[0]
    for signature in operator.signatures:
        if operator.form == "variadic":
            signature = Signature(signature.params[:1] * len(args), signature.result)
        if len(signature.params) == len(args) and all(
            convertible(arg, kind) for arg, kind in zip(args, signature.params, strict=True)
        ):
            return signature
    return None


def convertible(arg: Expr, kind: Kind) -> bool:
    """Whether an operand may stand where a parameter of this kind is wanted."""
    have = arg.type.kind
    if have is kind:
        return True
    if arg.op == "literal" and have is Kind.STRING and kind is Kind.ENUM:
        return True
    if arg.op == "literal" and have in INTEGERS and kind in FLOATS:
        return True
    return kind in _WIDER.get(have, frozenset())


_WIDER = {
    Kind.INT: frozenset({Kind.DECIMAL, Kind.FLOAT}),
    Kind.DECIMAL: frozenset({Kind.FLOAT}),
    Kind.RATIO: frozenset({Kind.FLOAT, Kind.PROBABILITY}),
    Kind.PROBABILITY: frozenset({Kind.FLOAT, Kind.RATIO}),
    Kind.ENUM: frozenset({Kind.STRING}),
}
