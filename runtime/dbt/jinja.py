"""The text of a dbt model: SQL in which dbt fills in what follows from `as_of`.

A query that is bound to a `Template` holds marks. Here each mark becomes an expression of Jinja
over variables, and each variable a line above the query. There is no macro and no date
arithmetic in SQL: dbt computes the instants, as the compiler does otherwise, when it compiles.
"""

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from zoneinfo import ZoneInfo

from jinja2 import Environment, StrictUndefined

from segue.compiler.catalog.partition import period_of
from segue.compiler.plan.moments import (
    AsOf,
    DayStart,
    Extreme,
    Formula,
    PeriodStart,
    Plus,
    Template,
    Written,
)
from segue.compiler.plan.windows import DAY, Binding
from segue.compiler.sql.zones import offsets
from segue.grammar.unparse import duration_text

FOREVER = 10**18
"""An instant after all others."""
TABLE = "r"
"""The style of a mark that stands for a table."""
_MARK = re.compile(f"{Template.FIRST}([a-z])([0-9]+){Template.LAST}")
_DELIMITER = re.compile(r"\{(?=[{%#]|\Z)")


def escaped(text: str) -> str:
    """Text that dbt shows as it is: nothing in it begins a piece of Jinja."""
    return _DELIMITER.sub('{{ "{" }}', text)


def model_text(
    sql: str, template: Template, tables: Mapping[int, str], title: str, zone: str
) -> str:
    """A model: the SQL of a query whose instants and tables are marks.

    `tables` are the calls that name them, as in `ref("customers")`.
    """
    names = _names(template)
    used: set[tuple[str, Formula]] = set()
    formulas = {number: formula for formula, number in template.numbers.items()}

    def filled(found: re.Match[str]) -> str:
        style, number = found[1], int(found[2])
        if style == TABLE:
            return f"{{{{ {tables[number]} }}}}"
        used.add((style, formulas[number]))
        return f"{{{{ {names[formulas[number]]}{_SUFFIXES[style]} }}}}"

    parts, last = [], 0
    for found in _MARK.finditer(sql):
        parts += [escaped(sql[last : found.start()]), filled(found)]
        last = found.end()
    body = "".join([*parts, escaped(sql[last:])])
    lines = list(_lines(template, names, used))
    environment = Environment(
        undefined=StrictUndefined,
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # It is no page.
    )
    text = files("segue.runtime").joinpath("templates/dbt_model.sql.j2").read_text("utf-8")
    periods = any(isinstance(f, PeriodStart) for f in _all(template))
    shown = " ".join(title.replace("#}", "# }").split())
    return environment.from_string(text).render(
        title=shown,
        zone=zone,
        offsets=_offsets(zone) if lines else [],
        lines=lines,
        periods=periods,
        sql=body.rstrip("\n"),
    )


_SIGNS = {"yyyy": (0, 4), "mm": (5, 7), "dd": (8, 10), "hh": (11, 13)}
"""The signs of a format, and where each stands in the text of an instant."""
_SUFFIXES = {"n": "", "t": "_time", "d": "_day", "w": ""}


def _all(template: Template) -> list[Formula]:
    """Every formula and what it is made of, the parts first."""
    found: dict[Formula, None] = {}

    def visit(formula: Formula) -> None:
        match formula:
            case Plus(base) | DayStart(base) | Written(base):
                visit(base)
            case Extreme(_, parts):
                for part in parts:
                    if not isinstance(part, int):
                        visit(part)
        found[formula] = None

    for formula in template.numbers:
        visit(formula)
    return list(found)


def _names(template: Template) -> dict[Formula, str]:
    """A variable for each formula."""
    names: dict[Formula, str] = {}
    for formula in _all(template):
        wanted = _name(formula, names)
        name, number = wanted, 2
        while name in names.values():
            name, number = f"{wanted}_{number}", number + 1
        names[formula] = name
    return names


def _name(formula: Formula, names: Mapping[Formula, str]) -> str:
    match formula:
        case AsOf():
            return "as_of"
        case PeriodStart(unit, shift):
            if shift == 0:
                return f"this_{unit}"
            return f"{unit}_{'minus' if shift < 0 else 'plus'}_{abs(shift)}"
        case Plus(base, -1) if not isinstance(base, AsOf):
            return f"before_{names[base]}"
        case Plus(base, amount):
            how = "minus" if amount < 0 else "plus"
            return f"{names[base]}_{how}_{_length(abs(amount))}"
        case DayStart(base):
            return f"day_of_{names[base]}"
        case Written(base, format):
            return f"{period_of(format)}_of_{names[base]}"
        case Extreme(latest):
            return "latest" if latest else "earliest"


def _length(microseconds: int) -> str:
    days, rest = divmod(microseconds, DAY)
    return f"{days}d" if not rest else duration_text(microseconds)


def _lines(
    template: Template, names: Mapping[Formula, str], used: set[tuple[str, Formula]]
) -> Iterator[str]:
    for formula in _all(template):
        name = names[formula]
        if isinstance(formula, PeriodStart):
            yield from _period(formula, name)
        elif not isinstance(formula, AsOf):
            yield f"{{%- set {name} = {_value(formula, names)} -%}}"
        moment = f"(epoch + microsecond * {name})"
        if ("t", formula) in used:
            text = f'{moment}.isoformat(" ", "microseconds")'
            yield f"{{%- set {name}_time = {text} -%}}"
        if ("d", formula) in used:
            yield f"{{%- set {name}_day = {moment}.date().isoformat() -%}}"


def _value(formula: Formula, names: Mapping[Formula, str]) -> str:
    match formula:
        case Plus(base, amount):
            return f"{names[base]} {'-' if amount < 0 else '+'} {abs(amount)}"
        case DayStart(base):
            return f"{names[base]} // 86400000000 * 86400000000"
        case Extreme(latest, parts):
            inner = ", ".join(str(p) if isinstance(p, int) else names[p] for p in parts)
            return f"[{inner}] | {'max' if latest else 'min'}"
        case Written(base, format):
            return _written(names[base], format)
        case AsOf() | PeriodStart():
            raise AssertionError("it has lines of its own")


def _written(base: str, format: str) -> str:
    """An instant in a format, as slices of its text."""
    text = f'(epoch + microsecond * {base}).isoformat(" ", "microseconds")'
    if format == "yyyy-mm-dd":
        return f"{text}[:10]"
    parts = re.split("(" + "|".join(_SIGNS) + ")", format)
    shown = [
        f"{text}[{_SIGNS[part][0]}:{_SIGNS[part][1]}]" if part in _SIGNS else f'"{part}"'
        for part in parts
        if part
    ]
    return " ~ ".join(shown)


def _period(formula: PeriodStart, name: str) -> Iterator[str]:
    """The first instant whose local day is that of a period, or a later one."""
    date = "modules.datetime.date"
    match formula.unit:
        case "day" | "week":
            first = "today"
            days = formula.shift
            if formula.unit == "week":
                first, days = "(today - modules.datetime.timedelta(days=today.weekday()))", 7 * days
            yield f"{{%- set day = {first} + modules.datetime.timedelta(days={days}) -%}}"
        case unit:
            months = {"month": 1, "quarter": 3, "year": 12}[unit]
            start = {
                "month": "today.month - 1",
                "quarter": "(today.month - 1) // 3 * 3",
                "year": "0",
            }[unit]
            yield (f"{{%- set month = today.year * 12 + {start} + {months * formula.shift} -%}}")
            yield f"{{%- set day = {date}(month // 12, month % 12 + 1, 1) -%}}"
    yield f"{{%- set clock = (day - {date}(1970, 1, 1)).days * {DAY} -%}}"
    yield "{%- set found = namespace(begin=clock - 10**18, start=none) -%}"
    yield "{%- for end, ahead in offsets -%}"
    yield "{%- set first = [found.begin, clock - ahead] | max -%}"
    yield "{%- if found.start is none and first < end -%}"
    yield "{%- set found.start = first -%}"
    yield "{%- endif -%}"
    yield "{%- set found.begin = end -%}"
    yield "{%- endfor -%}"
    yield f"{{%- set {name} = found.start -%}}"


def _offsets(zone: str) -> list[str]:
    """Lines with `(end, ahead), …`: the compiler's own ladder, for zone data differ."""
    ladder = offsets(Binding(0, ZoneInfo(zone)))
    ends = [*(step.start for step in ladder[1:]), FOREVER]
    steps = [f"({end}, {step.offset})," for end, step in zip(ends, ladder, strict=True)]
    return [" ".join(steps[start : start + 3]) for start in range(0, len(steps), 3)]
