"""The SQL of a ruleset, in each of the forms a warehouse can take it in."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlglot import exp

from segue.compiler.plan.plan import Definition, Plan
from segue.compiler.plan.windows import Binding, to_microseconds
from segue.compiler.sql.dialects.registry import DIALECTS
from segue.compiler.sql.lifecycles import compile_moves
from segue.compiler.sql.query import Outputs, compile_query, header
from segue.compiler.sql.statements import (
    NameTaken,
    compile_members_in_parts,
    compile_script,
    compile_views,
)
from segue.runtime.refusal import Refusal
from segue.runtime.rule_text import rule_text
from segue.runtime.segments import chosen

_Write = Callable[[Plan, Binding, str, Sequence[str]], str]


def _members(plan: Plan, binding: Binding, dialect: str, segments: Sequence[str]) -> str:
    parts = compile_members_in_parts(plan, binding, dialect, segments)
    return ";\n\n".join(part.sql() for part in parts)


def _wide(plan: Plan, binding: Binding, dialect: str, segments: Sequence[str]) -> str:
    metrics = tuple(plan.metrics) if len(segments) == len(plan.segments) else ()
    outputs = Outputs(metrics=metrics, segments=tuple(segments))
    return compile_query(plan, binding, dialect, outputs, _rule).sql()


def _script(plan: Plan, binding: Binding, dialect: str, segments: Sequence[str]) -> str:
    outputs = Outputs(segments=tuple(segments))
    return compile_script(plan, binding, dialect, outputs, describe=_rule).sql()


def _views(plan: Plan, binding: Binding, dialect: str, segments: Sequence[str]) -> str:
    return compile_views(plan, binding, dialect, segments, describe=_rule).sql()


def _stages(plan: Plan, binding: Binding, dialect: str, segments: Sequence[str]) -> str:
    if not plan.lifecycles:
        raise Refusal("the rules have no lifecycle", "write one: `lifecycle customer { stage … }`")
    stages = exp.to_table("segue_stages" if dialect == "sqlite" else "segue.stages")
    statements = (
        compile_moves(plan, binding, dialect, lifecycle, stages).sql()
        for lifecycle in plan.lifecycles.values()
    )
    return ";\n\n".join(statements)


FORMS: Mapping[str, _Write] = MappingProxyType(
    {"members": _members, "wide": _wide, "script": _script, "views": _views, "stages": _stages}
)
"""`members`: a query with a row for each member of each segment; `wide`: a query with a row for
each entity; `script`: statements that make a table of members; `views`: a view a segment;
`stages`: a query for each lifecycle, with a row for each entity that moves."""


def sql_text(
    plan: Plan,
    dialect: str,
    form: str,
    segments: Sequence[str] = (),
    as_of: datetime | None = None,
) -> str:
    """The SQL of these segments (all by default) at an instant (now by default)."""
    if dialect not in DIALECTS:
        raise Refusal(f"there is no dialect `{dialect}`", f"there are {', '.join(DIALECTS)}")
    if form not in FORMS:
        raise Refusal(f"there is no form `{form}`", f"there are {', '.join(FORMS)}")
    bound = binding(plan, as_of)
    try:
        text = FORMS[form](plan, bound, dialect, chosen(plan, segments)).rstrip("\n")
    except NameTaken as taken:
        raise Refusal(str(taken), "give the segment another name") from None
    return f"-- {header(bound)}; {dialect}\n{text}{'' if text.endswith(';') else ';'}\n"


def binding(plan: Plan, as_of: datetime | None = None) -> Binding:
    """What a run fixes once. An instant without a zone is UTC; None is now, to the second."""
    if as_of is None:
        as_of = datetime.now(UTC).replace(microsecond=0)
    elif as_of.tzinfo is None:
        as_of = as_of.replace(tzinfo=UTC)
    return Binding(to_microseconds(as_of), ZoneInfo(plan.catalog.timezone))


def _rule(definition: Definition) -> str:
    """The comment beside a column: what the rule says."""
    return rule_text(definition.source)
