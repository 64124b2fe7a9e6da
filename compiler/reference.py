"""The reference manual, made from the declarations of operators, aggregates and findings.

What is declared is documented: nothing here knows any operator by name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from segue.compiler.operators.aggregates import AGGREGATES, AggregateFunction
from segue.compiler.operators.declaration import ALL_KINDS, Form, Operator, Signature
from segue.compiler.operators.population import POPULATION, PopulationFunction
from segue.compiler.operators.registry import OPERATORS
from segue.compiler.scores.estimators import DEFAULTS, ESTIMATORS, Estimator, ParameterValue
from segue.compiler.scores.model import ScoreKind
from segue.grammar.codes import Code

# The forms of special syntax that a declaration cannot spell out.
_SPECIAL: Mapping[str, str] = {
    "if": "if condition then value else value",
    "in": "value in [a, b, …]",
    "negate": "-x",
}


@dataclass(frozen=True, slots=True)
class CodeGroup:
    """Findings of one origin, under a heading; `language` is that of their examples."""

    title: str
    codes: Sequence[Code]
    language: str


def reference(groups: Iterable[CodeGroup]) -> str:
    """The manual as Markdown. `groups` are all findings there are."""
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    text = files(__package__).joinpath("templates/reference.md.j2").read_text("utf-8")
    return environment.from_string(text).render(
        families=_families(),
        aggregates=list(AGGREGATES.values()),
        populations=list(POPULATION.values()),
        groups=sorted(groups, key=lambda group: min(code.id for code in group.codes)),
        syntax=_syntax,
        aggregate_syntax=_aggregate_syntax,
        types=_types,
        kinds=_kinds,
        estimators=list(ESTIMATORS.values()),
        estimator_kinds=_estimator_kinds,
        default_estimators={kind: _default_estimator(kind) for kind in ScoreKind},
        written=_written,
    )


def _estimator_kinds(estimator: Estimator) -> str:
    return ", ".join(f"`{kind}`" for kind in ScoreKind if kind in estimator.kinds)


def _default_estimator(kind: ScoreKind) -> str:
    """How the estimator is written that a kind of score has by default."""
    name, differing = DEFAULTS[kind]
    values = {**ESTIMATORS[name].defaults, **differing}
    first = [p.name for p in ESTIMATORS[name].parameters][:3]
    return f"{name}({', '.join(f'{key} = {_written(values[key])}' for key in first)})"


def _written(value: ParameterValue) -> str:
    return str(value).lower()


def _families() -> Mapping[str, list[Operator]]:
    """What can be written, by family."""
    families: dict[str, list[Operator]] = {}
    for operator in OPERATORS.values():
        if operator.form is not Form.INTERNAL:
            families.setdefault(operator.family, []).append(operator)
    return families


def _syntax(operator: Operator) -> str:
    """How an operator is written, with the names of its parameters."""
    names = [parameter.name for parameter in operator.parameters]
    left, right = [*names, "a", "b"][:2] if len(names) > 1 else ("a", "b")
    if operator.name in _SPECIAL:
        return _SPECIAL[operator.name]
    match operator.form:
        case Form.FUNCTION:
            return f"{operator.name}({', '.join(names)})"
        case Form.VARIADIC if operator.name.isalpha():
            return f"a {operator.name} b {operator.name} …"
        case Form.VARIADIC:
            return f"{operator.name} (a, b, …)"
        case Form.INFIX:
            return f"{left} {operator.name} {right}"
        case Form.PREFIX:
            return f"{operator.name} x"
        case Form.POSTFIX:
            return f"x {operator.name}"
        case _:
            return operator.name


def _aggregate_syntax(function: AggregateFunction) -> str:
    first = "event" if not function.kinds else "event.property"
    parts = [first, *(["period"] if function.takes_unit else [])]
    parts += [parameter.name for parameter in function.parameters]
    weight = " [by number]" if function.weighted else ""
    return f"{function.name}({', '.join(parts)}{weight} [where …] [followed by …] [over …])"


def _types(operator: Operator) -> list[str]:
    """Its signatures: those that differ in one type only as one line."""
    by_count: dict[int, list[Signature]] = {}
    for signature in operator.signatures:
        by_count.setdefault(len(signature.params), []).append(signature)
    more = ", …" if operator.form is Form.VARIADIC else ""
    return [line for group in by_count.values() for line in _lines(group, more)]


def _lines(signatures: list[Signature], more: str) -> list[str]:
    rows = [(*signature.params, signature.result) for signature in signatures]
    columns = list(zip(*rows, strict=True))
    varying = {column for column in columns if len(set(column)) > 1}
    if len(rows) > 2 and len(varying) == 1:
        shown = ["T" if column in varying else str(column[0]) for column in columns]
        kinds = _listed(varying.pop())
        return [f"{', '.join(shown[:-1])}{more} → {shown[-1]}, where T is {kinds}"]
    return [f"{', '.join(row[:-1])}{more} → {row[-1]}" for row in rows]


def _kinds(function: AggregateFunction | PopulationFunction) -> str:
    if isinstance(function, PopulationFunction):
        return f"a value of {_listed(function.kinds)}"
    events = ["an event"] if function.takes_event or not function.kinds else []
    values = [f"a property of {_listed(function.kinds)}"] if function.kinds else []
    return " or ".join(events + values)


def _listed(kinds: Sequence[str]) -> str:
    return "any type" if set(kinds) == set(ALL_KINDS) else ", ".join(kinds)
