"""One query in all dialects, piece by piece: what is said alike is said once.

A piece is a column of a step, a condition of its WHERE, or what it reads from. What differs in
every line is written alike, so that the rest can be seen: quotes, capitals, the names of types
(`bigint`, `double`) and times (`time'…'`, `date'…'`). How a dialect says these is in `spellings`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from sqlglot import exp

from segue.compiler.catalog.model import TimeKind
from segue.compiler.plan.windows import from_microseconds
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.registry import DIALECTS, dialect

Pieces = dict[str, dict[str, str]]
"""By step and by piece, the text."""

WIDTH = 88
LAST = "the query"
CAPITALS = re.compile(r'"[A-Z_][A-Z0-9_$]*"')
SAMPLE = 1_710_936_000_000_001


def side_by_side(queries: Mapping[str, exp.Query | str]) -> str:
    """The pieces of a query by dialect; a text where a dialect has no query."""
    told = {name: text for name, text in queries.items() if isinstance(text, str)}
    parts = {n: pieces(query, n) for n, query in queries.items() if not isinstance(query, str)}
    lines = []
    for step in in_order(parts.values()):
        having = {name: steps[step] for name, steps in parts.items() if step in steps}
        lines.append(step)
        for piece in in_order(having.values()):
            lines.append(f"  {piece}")
            texts = {name: found[piece] for name, found in having.items() if piece in found}
            lines += variants(texts, len(parts))
        lines.append("")
    for text in dict.fromkeys(told.values()):
        lines.append(f"[{' '.join(name for name in told if told[name] == text)}]")
        lines += [*(f"  {line}" for line in text.splitlines()), ""]
    return "\n".join(lines)


def spellings() -> str:
    """How each dialect says what `side_by_side` writes alike."""
    lines = []
    for name, spelled in DIALECTS.items():
        lines.append(name)
        lines.append(f"  bigint   {spelled.bigint}")
        lines.append(f"  double   {spelled.double}")
        lines += [f"  {kind:8} {_literal(spelled, kind)}" for kind in TimeKind]
        lines.append("")
    return "\n".join(lines)


def variants(texts: Mapping[str, str], everybody: int) -> Iterator[str]:
    """Each text once, after the dialects that say it so."""
    groups: dict[str, list[str]] = {}
    for name, text in texts.items():
        groups.setdefault(text, []).append(name)
    for text, names in groups.items():
        others = [name for name in texts if name not in names]
        said = " ".join(names)
        if len(texts) == everybody and len(others) < len(names):
            said = f"all but {' '.join(others)}" if others else "all"
        if said == "all" and len(text) <= WIDTH:
            yield f"    {text}"
            continue
        yield f"    [{said}]"
        yield from (f"      {line}" for line in text.splitlines())


def pieces(query: exp.Query, name: str) -> Pieces:
    """The pieces of a query, its steps in order and itself last."""
    with_ = query.args.get("with_")
    found: Pieces = {}
    for cte in with_.expressions if with_ else ():
        found[_plain(cte.alias)] = dict(_of(cte.this, name, _inner(cte.this)))
    found[LAST] = dict(_of(query, name, ()))
    return found


def in_order(mappings: Iterable[Mapping[str, object]]) -> list[str]:
    """All keys, each after those before it in the first mapping that has it."""
    order: list[str] = []
    for mapping in mappings:
        place = 0
        for key in mapping:
            if key in order:
                place = order.index(key) + 1
            else:
                order.insert(place, key)
                place += 1
    return order


def _inner(query: exp.Expr) -> Iterable[exp.CTE]:
    with_ = query.args.get("with_")
    return with_.expressions if with_ else ()


def _of(
    query: exp.Expr, name: str, inner: Iterable[exp.CTE], prefix: str = ""
) -> Iterator[tuple[str, str]]:
    if isinstance(query, exp.SetOperation):
        for number, side in enumerate(_sides(query), 1):
            yield from _of(side, name, (), f"{number}. ")
        return
    assert isinstance(query, exp.Select), query
    for cte in inner:
        yield f"{prefix}with {_plain(cte.alias)}", _text(cte.this, name)
    for item in query.expressions:
        spelled = item.this if isinstance(item, exp.Alias) else item
        yield prefix + _plain(item.alias_or_name), _text(spelled, name)
    reads = [query.args["from_"].this, *(query.args.get("joins") or ())]
    yield f"{prefix}from", "\n".join(_text(part, name) for part in reads)
    where = query.args.get("where")
    for number, condition in enumerate(_conjuncts(where.this) if where else (), 1):
        yield f"{prefix}where {number}", _text(condition, name)
    group = query.args.get("group")
    if group:
        yield f"{prefix}group by", ", ".join(_text(key, name) for key in group.expressions)
    settings = query.args.get("settings")
    if settings:
        yield f"{prefix}settings", ", ".join(_text(setting, name) for setting in settings)


def _sides(query: exp.Expr) -> list[exp.Expr]:
    if isinstance(query, exp.SetOperation):
        return [*_sides(query.this), *_sides(query.expression)]
    return [query]


def _conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    inner = condition.unnest()
    if isinstance(inner, exp.And):
        return [*_conjuncts(inner.this), *_conjuncts(inner.expression)]
    return [condition]


def _text(tree: exp.Expr, name: str) -> str:
    tree = tree.copy()
    for node in tree.walk():
        node.comments = None
    spelled = dialect(name).sqlglot
    text = _alike(tree.sql(spelled, identify=True), name)
    if len(text) > WIDTH:
        text = _alike(tree.sql(spelled, identify=True, pretty=True), name)
    return text


def _plain(name: str) -> str:
    return name.lower()


def _alike(text: str, name: str) -> str:
    """A text of a dialect, as all of them would say it."""
    text = text.replace("`", '"')
    if name == "snowflake":
        text = CAPITALS.sub(lambda found: found[0].lower(), text)
    for pattern, alike in _literals(name).items():
        text = pattern.sub(alike, text)
    spelled = dialect(name)
    for type, alike in ((spelled.double, "double"), (spelled.bigint, "bigint")):
        text = text.replace(f"AS {type})", f"AS {alike})")
        text = text.replace(f"AS Nullable({type}))", f"AS {alike})")
    return text


@cache
def _literals(name: str) -> dict[re.Pattern[str], str]:
    """Patterns of times, each with what takes its place."""
    found = {}
    for kind in TimeKind:
        moment = from_microseconds(SAMPLE).replace(tzinfo=None)
        day = kind is TimeKind.DATE
        spelled = str(moment.date()) if day else moment.isoformat(" ", "microseconds")
        before, there, after = _literal(dialect(name), kind).partition(spelled)
        if there:
            digits = re.sub(r"\d", r"\\d", re.escape(spelled))
            pattern = re.compile(f"{re.escape(before)}({digits}){re.escape(after)}")
            found[pattern] = r"date'\1'" if day else r"time'\1'"
    return found


def _literal(spelled: Dialect, kind: TimeKind) -> str:
    return spelled.time_literal(SAMPLE, kind).sql(spelled.sqlglot)
