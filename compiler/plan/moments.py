"""Instants that are known only when a query runs: `as_of` is a variable of who runs it.

A query is usually bound to one instant, and holds what follows from it as numbers. Here what
follows is kept as a formula over `as_of`, and the query holds a mark in its place, which a
`Template` knows and whoever writes the text replaces. A moment is a number of microseconds like
any other to the arithmetic of windows; what no formula is known for fails, and is never taken
for some instant.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar, NoReturn, TypeAlias

FAR = 1_000 * 366 * 86_400_000_000
"""Windows may be longer than the calendar: an instant so long before `as_of` may be in no year."""
FAR_PERIODS = 1_000

Unit: TypeAlias = str
"""The unit of a calendar window: day, week, month, quarter or year."""


@dataclass(frozen=True, slots=True)
class AsOf:
    """The instant of evaluation itself."""


@dataclass(frozen=True, slots=True)
class PeriodStart:
    """The first instant of the calendar period `shift` periods after the one of `as_of`."""

    unit: Unit
    shift: int


@dataclass(frozen=True, slots=True)
class Plus:
    """So many microseconds after another instant; before it where negative."""

    base: "Formula"
    amount: int


@dataclass(frozen=True, slots=True)
class DayStart:
    """The start of the UTC day of another instant."""

    base: "Formula"


@dataclass(frozen=True, slots=True)
class Written:
    """The text of another instant in a format, as in `yyyy-mm`."""

    base: "Formula"
    format: str


@dataclass(frozen=True, slots=True)
class Extreme:
    """The earliest or latest of some instants."""

    latest: bool
    parts: tuple["Formula | int", ...]


Formula: TypeAlias = AsOf | PeriodStart | Plus | DayStart | Written | Extreme


@dataclass
class Template:
    """The formulas of one query, each with a number; a mark names the number."""

    FIRST: ClassVar[str] = "\ue000"
    LAST: ClassVar[str] = "\ue001"
    numbers: dict[Formula, int] = field(default_factory=dict)

    @property
    def as_of(self) -> "Moment":
        """The instant to bind a query to."""
        return Moment.of(AsOf(), self)

    def mark(self, formula: Formula, style: str) -> str:
        """What stands in the text for a formula: as a number (`n`), a time (`t`), a day (`d`).

        A formula that is `Written` is a text already (`w`).
        """
        number = self.numbers.setdefault(formula, len(self.numbers))
        return f"{self.FIRST}{style}{number}{self.LAST}"


class Moment(int):
    """An instant of a `Template`. As a number it is no instant: it only passes for one."""

    formula: Formula
    template: Template

    @classmethod
    def of(cls, formula: Formula, template: Template) -> "Moment":
        """The instant of a formula."""
        moment = cls(0)
        moment.formula = formula
        moment.template = template
        return moment

    def mark(self, style: str) -> str:
        """The mark of this instant in a text."""
        return self.template.mark(self.formula, style)

    def written(self, format: str) -> str:
        """The mark of its text in a format."""
        return self.template.mark(Written(self.formula, format), "w")

    def period(self, unit: Unit, shift: int) -> "Moment":
        """The first instant of a calendar period, counted from the one of `as_of`."""
        if abs(shift) > FAR_PERIODS:
            _refuse()
        return Moment.of(PeriodStart(unit, shift), self.template)

    @property
    def is_near(self) -> bool:
        """Whether it is in the calendar, for any `as_of` that somebody may want."""
        return not isinstance(self.formula, Plus) or self.formula.amount > -FAR

    def day_start(self) -> "Moment":
        """The start of its UTC day."""
        return Moment.of(DayStart(self.formula), self.template)

    def __add__(self, amount: int) -> "Moment":
        if isinstance(amount, Moment):
            return _refuse()
        base, more = (
            (self.formula.base, self.formula.amount)
            if isinstance(self.formula, Plus)
            else (self.formula, 0)
        )
        total = more + amount
        return Moment.of(Plus(base, total) if total else base, self.template)

    def __sub__(self, amount: int) -> "Moment":
        return self + -amount if not isinstance(amount, Moment) else _refuse()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Moment) and self.formula == other.formula

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.formula)

    def __repr__(self) -> str:
        return f"Moment({self.formula})"

    def _unknown(self, *_: Any) -> NoReturn:
        _refuse()

    __lt__ = __le__ = __gt__ = __ge__ = __radd__ = __rsub__ = __mul__ = __rmul__ = _unknown
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __truediv__ = __neg__ = __abs__ = _unknown
    __int__ = __index__ = __float__ = __str__ = __format__ = __bool__ = _unknown


class UnknownMoment(TypeError):
    """Something needs an instant that is known only when the query runs."""


def _refuse() -> NoReturn:
    raise UnknownMoment("the instant is known only when the query runs")


def earliest(*instants: int) -> int:
    """The earliest of some instants, of which any may be a moment."""
    return _extreme(instants, latest=False)


def latest(*instants: int) -> int:
    """The latest of some instants, of which any may be a moment."""
    return _extreme(instants, latest=True)


def _extreme(instants: tuple[int, ...], *, latest: bool) -> int:
    moments = [instant for instant in instants if isinstance(instant, Moment)]
    if not moments:
        return max(instants) if latest else min(instants)
    parts = _fewest([_part(instant) for instant in instants], latest=latest)
    only = parts[0]
    if len(parts) == 1 and not isinstance(only, int):
        return Moment.of(only, moments[0].template)
    return Moment.of(Extreme(latest, parts), moments[0].template)


def _fewest(parts: list[Formula | int], *, latest: bool) -> tuple[Formula | int, ...]:
    """The parts, of those that are so much before or after the same instant the one that counts."""
    best = max if latest else min
    amounts: dict[Formula | None, list[int]] = {}
    for part in parts:
        match part:
            case int():
                amounts.setdefault(None, []).append(part)
            case Plus(base, amount):
                amounts.setdefault(base, []).append(amount)
            case _:
                amounts.setdefault(part, []).append(0)
    return tuple(_after(base, best(found)) for base, found in amounts.items())


def _after(base: Formula | None, amount: int) -> Formula | int:
    if base is None:
        return amount
    return Plus(base, amount) if amount else base


def _part(instant: int) -> Formula | int:
    return instant.formula if isinstance(instant, Moment) else instant
