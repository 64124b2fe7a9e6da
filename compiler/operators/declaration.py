"""How an operator or function of the language is declared: once, in one place.

A declaration holds everything that anyone asks about an operator: how it is written, what it
takes and gives, what a missing operand does, its documentation and example, and how it becomes
SQL, Python and a formula of the solver. The reference manual, the type checker, the backends and
the property-test generator read it; adding a declaration to a family's file is all it takes to
add an operator.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from segue.compiler.plan.nodes import Expr
from segue.compiler.types import NUMBERS, Kind, Type

if TYPE_CHECKING:
    import ast as python_ast

    from sqlglot import exp

    from segue.compiler.operators.solver_terms import Z3, Term, Truth
    from segue.compiler.plan.build import Build
    from segue.compiler.plan.windows import Binding, Bounds
    from segue.compiler.sql.dialects.base import Dialect


class Missing(StrEnum):
    """What a missing operand does."""

    PROPAGATES = "missing if an operand is missing"
    FALSE = "false if an operand is missing"
    HANDLED = "defined for missing operands"


@dataclass(frozen=True, slots=True)
class SqlCall:
    """What an operator's SQL lowering is given: its lowered operands, and where it is going.

    `covered` is what the first operand can be when it is an event's own time.
    """

    dialect: "Dialect"
    binding: "Binding"
    expr: Expr
    args: tuple["exp.Expr", ...]
    covered: "Bounds | None" = None


@dataclass(frozen=True, slots=True)
class PythonCall:
    """What an operator's Python lowering is given.

    Operands are never missing here unless the operator is declared `Missing.HANDLED`: the
    backend guards the others. The names `as_of` (int) and `zone` (ZoneInfo) are in scope, and
    so is every public name of `segue.compiler.python.support`.
    """

    expr: Expr
    args: tuple["python_ast.expr", ...]


class SolverWorld(Protocol):
    """What a solver lowering may ask of the customers that the solver looks for.

    In a `bounded` world everything is exact but there are few events, and `as_of` is known; in
    the other one, what the solver cannot decide is unknown within bounds, so that whatever it
    proves holds for every customer.
    """

    @property
    def bounded(self) -> bool:
        """Whether everything is exact, and few."""
        ...

    @property
    def as_of(self) -> "Term":
        """The instant of evaluation, in microseconds."""
        ...

    @property
    def binding(self) -> "Binding":
        """The instant of a bounded world, and the zone."""
        ...

    def unknown(self, expr: Expr, rows: Hashable) -> "Term":
        """Any value of the type of an expression over some rows; always the same one."""
        ...

    def constant(self, value: Hashable, type: Type) -> "Term":
        """A value that is known, in the representation of its type."""
        ...

    def fact(self, fact: "Truth", /) -> None:
        """States what holds for every customer."""
        ...

    def call_text(self, call: Expr, constants: tuple[Hashable, ...], text: "Term", /) -> "Term":
        """A function of a text (or key), which is known for the texts that the rules mention."""
        ...


@dataclass(frozen=True, slots=True)
class SolverCall:
    """What an operator's solver lowering is given: its lowered operands, and its world.

    The lowering need not ask whether operands are there, unless the operator is declared
    `Missing.HANDLED`: what the declaration says of missing operands is added to its result.
    `rows` are the events that the expression is about.
    """

    world: SolverWorld
    expr: Expr
    args: "tuple[Term, ...]"
    rows: Hashable = ()

    def unknown(self) -> "Z3":
        """Any value of the operator's type."""
        return self.world.unknown(self.expr, self.rows).value


class SolverLowering(Protocol):
    """Builds the term of one operator."""

    def __call__(self, call: SolverCall, /) -> "Term": ...  # noqa: D102


class SqlLowering(Protocol):
    """Builds the sqlglot tree of one operator."""

    def __call__(self, call: SqlCall, /) -> "exp.Expr": ...  # noqa: D102


class PythonLowering(Protocol):
    """Builds the Python tree of one operator."""

    def __call__(self, call: PythonCall, /) -> "python_ast.expr": ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call an operator.

    `scale` is how the places of a decimal result follow from the operands': `max` after they
    were brought to one scale (the usual), `sum` for a product, or a fixed number.
    """

    params: tuple[Kind, ...]
    result: Kind
    scale: str | int = "max"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named parameter; a `constant` one must be known when the rules are compiled.

    A `positive` one must be greater than zero.
    """

    name: str
    constant: bool = False
    positive: bool = False


class Form(StrEnum):
    """How an operator is written."""

    FUNCTION = "function"  # name(a, b)
    INFIX = "infix"  # a name b
    PREFIX = "prefix"  # name a
    POSTFIX = "postfix"  # a name
    VARIADIC = "variadic"  # name(a, b, c, …)
    SPECIAL = "special"  # its own syntax
    INTERNAL = "internal"  # not written: other operators become it


@dataclass(frozen=True, slots=True)
class Operator:
    """The declaration of one operator; see the module.

    Either `sql` and `python` are there (a kernel operator), or `expand` is (sugar, rewritten
    into other operators before any backend sees it). `partial` says that the result may be
    missing even when no operand is; `may_miss` decides it from the operands' types where the
    operator handles missing operands itself. What has no `solver` lowering is unknown to the
    solver, within the bounds of its type.
    """

    name: str
    family: str
    form: Form
    signatures: tuple[Signature, ...]
    doc: str
    example: str = ""
    parameters: tuple[Parameter, ...] = ()
    missing: Missing = Missing.PROPAGATES
    partial: bool = False
    may_miss: Callable[[tuple[Type, ...]], bool] | None = field(default=None, repr=False)
    sql: SqlLowering | None = field(default=None, repr=False)
    python: PythonLowering | None = field(default=None, repr=False)
    solver: SolverLowering | None = field(default=None, repr=False)
    expand: "Callable[[Build, tuple[Expr, ...]], Expr] | None" = field(default=None, repr=False)


def result_type(operator: Operator, signature: Signature, args: tuple[Type, ...]) -> Type:
    """The type of a call, given the types of its operands after conversion."""
    scale = 0
    if signature.result is Kind.DECIMAL:
        scales = [a.scale for a in args if a.kind is Kind.DECIMAL]
        match signature.scale:
            case "max":
                scale = max(scales, default=0)
            case "sum":
                scale = sum(scales)
            case fixed:
                scale = int(fixed)
    match operator.missing:
        case Missing.FALSE:
            nullable = False
        case Missing.PROPAGATES:
            nullable = operator.partial or any(a.nullable for a in args)
            nullable = nullable or (operator.may_miss is not None and operator.may_miss(args))
        case Missing.HANDLED:
            nullable = operator.may_miss(args) if operator.may_miss else operator.partial
    values = next((a.values for a in args if a.kind is Kind.ENUM), None)
    return Type(
        signature.result,
        nullable,
        scale,
        values if signature.result is Kind.ENUM else None,
    )


def signature(*kinds: Kind, scale: str | int = "max") -> Signature:
    """A signature: the kinds of the operands, then the kind of the result."""
    return Signature(kinds[:-1], kinds[-1], scale)


def same(count: int, *kinds: Kind, result: Kind | None = None) -> tuple[Signature, ...]:
    """For each kind, the signature of `count` operands of that kind, giving it or `result`."""
    return tuple(Signature((kind,) * count, result or kind) for kind in kinds)


# In order of widening, so that the first signature that fits is the narrowest.
NUMERIC = (Kind.INT, Kind.DECIMAL, Kind.FLOAT)
assert set(NUMERIC) <= NUMBERS
MEASURES = (
    Kind.INT,
    Kind.DECIMAL,
    Kind.RATIO,
    Kind.PROBABILITY,
    Kind.FLOAT,
    Kind.DURATION,
)
ALL_KINDS = (
    *MEASURES,
    Kind.BOOL,
    Kind.ENUM,
    Kind.STRING,
    Kind.DATE,
    Kind.TIMESTAMP,
)
