"""One attribute or property of a catalog: its type, its settings, and whether they agree."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypedDict

from segue.compiler.catalog import codes
from segue.compiler.catalog.model import TimeKind, Unit, Value
from segue.compiler.catalog.type_text import ColumnType, Problem, parse_type
from segue.compiler.catalog.values import read_value, show_value
from segue.compiler.catalog.yaml_tree import Mapping, Scalar, Sequence, Tree
from segue.compiler.types import MEASURED, Kind, Type
from segue.grammar.codes import Code
from segue.grammar.diagnostics import Diagnostic, Label
from segue.grammar.span import Span

RANGED = MEASURED | {Kind.DATE, Kind.TIMESTAMP}

Report = Callable[[Diagnostic], None]


class FieldSettings(TypedDict):
    """What `Attribute` and `Property` have in common, ready to be passed on."""

    name: str
    column: str
    type: Type
    default: Value | None
    minimum: int | float | None
    maximum: int | float | None
    unit: Unit | None
    time: TimeKind | None
    pii: bool
    description: str
    span: Span


def read_field(name: str, key: Span, node: Tree, report: Report) -> FieldSettings | None:
    """The settings of a field whose shape is right; None when its type is not known."""
    if isinstance(node, Mapping):
        reader = _Reader(name, key, node.values, node.keys, report)
    else:
        reader = _Reader(name, key, {"type": node}, {"type": node.span}, report)
    column = reader.column_type()
    if column is None:
        return None
    bounds = reader.bounds(column)
    default = reader.default(column, bounds)
    # A default says that the column may be missing; nobody should have to write it twice.
    nullable = column.type.nullable or default is not None or reader.flag("nullable")
    if column.type.kind is Kind.PROBABILITY:
        bounds = _Bounds(
            0.0 if bounds.minimum is None else bounds.minimum,
            1.0 if bounds.maximum is None else bounds.maximum,
        )
    return FieldSettings(
        name=name,
        column=reader.text("column") or name,
        type=column.type.or_missing(nullable),
        default=default,
        minimum=bounds.minimum,
        maximum=bounds.maximum,
        unit=column.unit,
        time=column.time,
        pii=reader.flag("pii"),
        description=reader.text("description"),
        span=key,
    )


@dataclass(frozen=True, slots=True)
class _Bounds:
    minimum: int | float | None = None
    maximum: int | float | None = None


@dataclass(frozen=True, slots=True)
class _Reader:
    """What is written about one field, with the place of each setting."""

    name: str
    key: Span
    written: dict[str, Tree]
    keys: dict[str, Span]
    report: Report

    def text(self, setting: str) -> str:
        node = self.written.get(setting)
        return node.text if isinstance(node, Scalar) else ""

    def flag(self, setting: str) -> bool:
        node = self.written.get(setting)
        return isinstance(node, Scalar) and node.data() is True

    def column_type(self) -> ColumnType | None:
        """The type, with its accepted values or its unit; None when there is no such type."""
        node = self.written.get("type")
        if isinstance(node, Scalar):
            parsed = parse_type(node.text)
            if isinstance(parsed, Problem):
                self._say(parsed.code, parsed.message, node.span, parsed.help)
                return None
            column = parsed
        elif {"enum", "values"} & self.written.keys():
            column = ColumnType(Type(Kind.ENUM))
        else:
            help = f"for example `{self.name}: {{type: string}}`, or shorter `{self.name}: string`"
            self._say(codes.MISSING_KEY, f"`{self.name}` has no type", self.key, help)
            return None
        column = self._with_unit(self._with_values(column))
        return None if column.type == Type(Kind.ENUM) else column

    def bounds(self, column: ColumnType) -> _Bounds:
        """The range, in the representation of the type."""
        settings = [k for k in ("range", "min", "max") if k in self.written]
        if settings and column.type.kind not in RANGED:
            help = "ranges are for numbers, dates, timestamps and durations"
            self._unfit(settings[0], column, help)
            return _Bounds()
        if "range" in settings and len(settings) > 1:
            message = f"`{self.name}` has a range and `{settings[1]}` as well"
            self._say(codes.UNFIT_SETTING, message, self.keys[settings[1]], "keep one of them")
            return _Bounds()
        ends: list[Tree | None] = [self.written.get("min"), self.written.get("max")]
        if isinstance(node := self.written.get("range"), Sequence):
            ends = [*node.items[:2]]
        low, high = (self._number(end, column) for end in ends)
        if low is not None and high is not None and low > high:
            message = f"no value of `{self.name}` is in its range"
            swapped = f"`range: [{show_value(high, column)}, {show_value(low, column)}]`"
            help = f"the lower bound comes first: {swapped}"
            self._say(codes.EMPTY_RANGE, message, self.keys[settings[0]], help)
            return _Bounds()
        return _Bounds(low, high)

    def default(self, column: ColumnType, bounds: _Bounds) -> Value | None:
        """The value that stands in for a missing one, in the representation of the type."""
        node = self.written.get("default")
        if not isinstance(node, Scalar):
            return None
        value = self._value(node, column)
        if isinstance(value, str) or value is None:
            return value
        low, high = bounds.minimum, bounds.maximum
        if (low is None or value >= low) and (high is None or value <= high):
            return value
        words = [f"at least {show_value(low, column)}"] if low is not None else []
        words += [f"at most {show_value(high, column)}"] if high is not None else []
        message = f"the default of `{self.name}` is outside its range"
        help = f"a value is {' and '.join(words)}"
        self._say(codes.OUTSIDE_RANGE, message, node.span, help)
        return None

    def _with_values(self, column: ColumnType) -> ColumnType:
        """The type with its accepted values, where they are there and usable."""
        listed = [k for k in ("enum", "values") if k in self.written]
        if not listed:
            if column.type.kind is Kind.ENUM:
                help = f"list them: `{self.name}: {{enum: [first, second]}}`"
                self._say(codes.BAD_VALUES, f"enum `{self.name}` lists no values", self.key, help)
                return ColumnType(Type(Kind.ENUM))
            return column
        if column.type.kind not in (Kind.ENUM, Kind.STRING):
            self._unfit(listed[0], column, "only texts have accepted values")
            return column
        if len(listed) == 2:
            message = f"`{self.name}` lists its values twice"
            self._say(codes.BAD_VALUES, message, self.keys["values"], "`enum: [...]` is enough")
        values = self._accepted(self.written[listed[0]])
        if not values:
            span = self.keys[listed[0]]
            self._say(codes.BAD_VALUES, f"enum `{self.name}` lists no values", span)
            return ColumnType(Type(Kind.ENUM))
        return replace(column, type=Type(Kind.ENUM, column.type.nullable, values=values))

    def _accepted(self, node: Tree) -> tuple[str, ...]:
        seen: dict[str, Span] = {}
        for item in node.items if isinstance(node, Sequence) else []:
            if not isinstance(item, Scalar):
                continue
            first = seen.setdefault(item.text, item.span)
            if first is not item.span:
                message = f"`{item.text}` is listed twice"
                related = (Label(first, "first listed here"),)
                self._say(codes.BAD_VALUES, message, item.span, related=related)
        return tuple(seen)

    def _with_unit(self, column: ColumnType) -> ColumnType:
        """The type with its unit or its kind of time."""
        kind = column.type.kind
        if "unit" in self.written:
            if kind is Kind.DURATION:
                column = replace(column, unit=Unit(self.text("unit")))
            else:
                self._unfit("unit", column, "only durations have a unit")
        if "kind" in self.written:
            if kind is Kind.TIMESTAMP:
                column = replace(column, time=TimeKind(self.text("kind")))
            else:
                self._unfit("kind", column, "only timestamps have a kind")
        if kind is Kind.DURATION and column.unit is None:
            message = f"the unit of duration `{self.name}` is not given"
            help = "`duration(s)` for seconds, `duration(ms)` for milliseconds"
            self._say(codes.NO_UNIT, message, self.written["type"].span, help)
        return column

    def _number(self, node: Tree | None, column: ColumnType) -> int | float | None:
        value = self._value(node, column) if isinstance(node, Scalar) else None
        return value if isinstance(value, int | float) else None

    def _value(self, node: Scalar, column: ColumnType) -> Value | None:
        value = read_value(node, column)
        if isinstance(value, Problem):
            self._say(value.code, value.message, node.span, value.help)
            return None
        return value

    def _unfit(self, setting: str, column: ColumnType, help: str) -> None:
        message = f"`{self.name}` is of type {column.type.required}, which has no `{setting}`"
        self._say(codes.UNFIT_SETTING, message, self.keys[setting], help)

    def _say(
        self,
        code: Code,
        message: str,
        span: Span,
        help: str = "",
        related: tuple[Label, ...] = (),
    ) -> None:
        self.report(Diagnostic(code.id, message, span, help=help, related=related))
