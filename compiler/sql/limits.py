"""How large a statement an engine takes, and how large one is.

A statement that is too large is written without its layout, then in parts, each for some of the
segments (`in_parts`), then of one segment in steps (`cuts.py`); what cannot be parted is refused,
with the limit and where it is from.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlglot import exp

from segue.compiler.sql.codes import TOO_LARGE
from segue.grammar.diagnostics import Diagnostic, SegueError
from segue.grammar.span import NOWHERE


@dataclass(frozen=True, slots=True)
class Limit:
    """The most an engine takes, and who says so."""

    most: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an engine takes of each; None where no limit is known."""

    size: Limit | None = None
    """Bytes of a statement."""
    columns: Limit | None = None
    """Columns of a SELECT."""
    branches: Limit | None = None
    """SELECTs of one UNION."""
    steps: Limit | None = None
    """Steps of one WITH."""
    tables: Limit | None = None
    """Tables joined in one FROM."""
    depth: Limit | None = None
    """Expressions inside expressions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What a statement has of each, its size apart, and how many nodes its tree has."""

    columns: int
    branches: int
    steps: int
    tables: int
    depth: int
    nodes: int


TITLES: Mapping[str, str] = {
    "size": "bytes",
    "columns": "columns",
    "branches": "queries in a UNION",
    "steps": "steps in its WITH",
    "tables": "tables in a join",
    "depth": "expressions inside one another",
}

MEASURED = tuple(name for name in TITLES if name != "size")


def measure(tree: exp.Expr) -> Measures:
    """The measures of a statement."""
    widths: dict[str, int] = {}
    columns = branches = steps = tables = depth = nodes = 0
    stack = [(tree, 1)]
    while stack:
        node, here = stack.pop()
        nodes += 1
        # A query stands by itself wherever it stands.
        here = 1 if isinstance(node, exp.Query) else here
        depth = max(depth, here)
        if isinstance(node, exp.SetOperation):
            branches = max(branches, sum(1 for _ in sides(node)))
        elif isinstance(node, exp.With):
            steps = max(steps, len(node.expressions))
        elif isinstance(node, exp.Select):
            tables = max(tables, 1 + len(node.args.get("joins") or ()))
        stack += [(child, here + 1) for child in node.iter_expressions()]
    for cte in tree.find_all(exp.CTE, bfs=False):
        widths[cte.alias] = _width(cte.this, widths)
        columns = max(columns, widths[cte.alias])
    query = tree.expression if isinstance(tree, exp.Create | exp.Insert) else tree
    if isinstance(query, exp.Query):
        columns = max(columns, _width(query, widths))
    return Measures(
        columns=columns, branches=branches, steps=steps, tables=tables, depth=depth, nodes=nodes
    )


def sides(query: exp.Expr) -> Iterator[exp.Expr]:
    """The queries that a UNION joins."""
    stack = [query]
    while stack:
        node = stack.pop()
        if isinstance(node, exp.SetOperation):
            stack += [node.expression, node.this]
        else:
            yield node


def _width(query: exp.Expr, widths: Mapping[str, int]) -> int:
    """How many columns a query has; those of a table of the warehouse are not known."""
    while not isinstance(query, exp.Select):
        query = query.this
    stars = sum(isinstance(item, exp.Star) for item in query.expressions)
    source = query.args["from_"].this if "from_" in query.args else None
    inner = widths.get(source.name, 0) if isinstance(source, exp.Table) else 0
    if isinstance(source, exp.Subquery):
        inner = _width(source.this, widths)
    return len(query.expressions) - stars + stars * inner


def excess(limits: Limits, tree: exp.Expr, size: int) -> tuple[str, int, Limit] | None:
    """What a statement of so many bytes has too much of, how much that is, and the limit."""
    found: dict[str, int] = {"size": size}
    if any(getattr(limits, name) is not None for name in MEASURED):
        measures = measure(tree)
        found |= {name: getattr(measures, name) for name in MEASURED}
    for name, number in found.items():
        limit: Limit | None = getattr(limits, name)
        if limit is not None and number > limit.most:
            return name, number, limit
    return None


def refuse(title: str, found: tuple[str, int, Limit]) -> SegueError:
    """The error that a statement is too large for an engine."""
    name, number, limit = found
    message = (
        f"the statement has {number:,} {TITLES[name]}, and {title} takes {limit.most:,} at most"
    )
    help = f"{FEWER}; the limit: {limit.source}"
    return SegueError((Diagnostic(TOO_LARGE.id, message, NOWHERE, label="too large", help=help),))


FEWER = (
    "write it for fewer segments at a time (`--segment`), or as `script`, which is parted by itself"
)
ALONE = (
    "it is of a single aggregate or list of values, which is not parted: shorten it, or let a "
    "column of your table say it, which the rule then asks"
)


def alone(error: SegueError) -> SegueError:
    """The same error of what cannot be parted any more."""
    (found,) = error.diagnostics
    return SegueError((replace(found, help=(found.help or "").replace(FEWER, ALONE)),))


def is_too_large(error: SegueError) -> bool:
    """Whether an error is that a statement is too large for an engine."""
    return error.diagnostics[0].code == TOO_LARGE.id


Part = TypeVar("Part")
Item = TypeVar("Item")


def in_parts(items: Sequence[Item], write: Callable[[Sequence[Item]], Part]) -> list[Part]:
    """As few statements as halving gives, each within the limits of its engine.

    `write` raises `SegueError` for one that is too large, and so does this where one for a single
    item is.
    """
    try:
        return [write(items)]
    except SegueError as error:
        if len(items) < 2 or not is_too_large(error):
            raise
    middle = len(items) // 2
    return in_parts(items[:middle], write) + in_parts(items[middle:], write)
