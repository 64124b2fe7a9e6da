"""Large rulesets: one table of bit masks per input instead of one test per condition.

Every segment is put into disjunctive normal form. Each row of it has a bit, and an input's
table says, for each interval of the input's values, which rows are still possible. A profile
is evaluated by one look-up and one `&` of big integers per input, however many segments there
are. Rows are laid out in planes: the first row of every segment, then the second row of those
that have one, and so on with the segments that have most rows in front, so that the rows of
all segments are joined by one shift and one `|` per plane.

What is no comparison of an input with constants is a computed truth with a table of two; a
segment that would need many rows, or a computed truth few others use, is left to the function
that tests its conditions.
"""

import ast
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from struct import Struct

from segue.compiler.plan.nodes import Expr
from segue.compiler.python.access import Access
from segue.compiler.python.axis import Axis, finder, fits, make_axis
from segue.compiler.python.checks import Check, as_check
from segue.compiler.python.function import LOGIC, fast_function
from segue.compiler.python.inputs import Input, Inputs
from segue.compiler.python.module import Module, assign, call, compare, item, name, walrus
from segue.compiler.python.support import GREATEST_FLOAT
from segue.compiler.types import FLOATS, Kind

MOST_ROWS = 8
"""A segment with more rows than this is left to its conditions."""
SHARED_BY = 64
"""A computed truth that at least this many segments use is worth a mask operation."""

Row = Mapping[int, bool]
"""A conjunction: for each condition (by expression), whether it must hold or not."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which segments are in tables, in order of their bits, and where their rows are.

    `rows[i]` are those of `tabled[i]`; row p of it is bit `offsets[p] + i`.
    """

    tabled: tuple[str, ...]
    rows: tuple[tuple[Row, ...], ...]
    rest: tuple[str, ...]
    atoms: Mapping[int, Expr]

    @property
    def widths(self) -> list[int]:
        """How many segments have a row in each plane."""
        depth = len(self.rows[0]) if self.rows else 0
        return [sum(len(rows) > plane for rows in self.rows) for plane in range(max(1, depth))]

    @property
    def offsets(self) -> list[int]:
        """The first bit of each plane."""
        starts = [0]
        for width in self.widths:
            starts.append(starts[-1] + width)
        return starts


def lay_out(roots: Mapping[str, Expr], inputs: Inputs) -> Layout:
    """Decide which segments go into tables."""
    atoms: dict[int, Expr] = {}
    forms = {title: _normal_form(root, inputs, atoms) for title, root in roots.items()}
    computed = {atom for atom, node in atoms.items() if _is_computed(node, inputs)}
    used = Counter(
        atom
        for rows in forms.values()
        if rows is not None
        for atom in {atom for row in rows for atom in row if atom in computed}
    )
    rare = {atom for atom in computed if used[atom] < SHARED_BY}
    kept = {
        title: rows
        for title, rows in forms.items()
        if rows is not None and not any(atom in rare for row in rows for atom in row)
    }
    order = sorted(kept, key=lambda title: -len(kept[title]))
    needed = {atom: atoms[atom] for title in order for row in kept[title] for atom in row}
    rest = tuple(title for title in roots if title not in kept)
    return Layout(tuple(order), tuple(kept[title] for title in order), rest, needed)


def _is_computed(node: Expr, inputs: Inputs) -> bool:
    check = as_check(node, inputs.by_node)
    return check is None or not fits(check)


def computed_truths(layout: Layout, inputs: Inputs) -> list[Expr]:
    """The conditions of tabled segments that are not a comparison of an input."""
    return [node for node in layout.atoms.values() if _is_computed(node, inputs)]


def _normal_form(root: Expr, inputs: Inputs, atoms: dict[int, Expr]) -> tuple[Row, ...] | None:
    """The rows of a condition, or None where they are too many."""
    memo: dict[tuple[int, bool], tuple[Row, ...] | None] = {}
    stack = [(root, True, False)]
    while stack:
        node, wanted, ready = stack.pop()
        if (node.id, wanted) in memo:
            continue
        if node.id in inputs.by_node or node.op not in LOGIC:
            memo[node.id, wanted] = _atom(node, wanted, atoms)
            continue
        sign = wanted != (node.op == "not")
        if not ready:
            stack.append((node, wanted, True))
            stack.extend((arg, sign, False) for arg in node.args)
            continue
        parts = [memo[arg.id, sign] for arg in node.args]
        joined = node.op == "not" or (node.op == "and") == wanted
        memo[node.id, wanted] = _product(parts) if joined else _union(parts)
    return memo[root.id, True]


def _atom(node: Expr, wanted: bool, atoms: dict[int, Expr]) -> tuple[Row, ...]:
    if node.op == "literal":
        return ({},) if node.param is wanted else ()
    atoms[node.id] = node
    return ({node.id: wanted},)


def _union(parts: Iterable[tuple[Row, ...] | None]) -> tuple[Row, ...] | None:
    rows: list[Row] = []
    for part in parts:
        if part is None:
            return None
        rows += [row for row in part if row not in rows]
        if len(rows) > MOST_ROWS:
            return None
    return tuple(rows)


def _product(parts: Iterable[tuple[Row, ...] | None]) -> tuple[Row, ...] | None:
    rows: list[Row] = [{}]
    for part in parts:
        if part is None:
            return None
        rows = [
            {**left, **right}
            for left in rows
            for right in part
            if all(left.get(atom, wanted) is wanted for atom, wanted in right.items())
        ]
        if len(rows) > MOST_ROWS:
            return None
    return tuple(rows)


def mask_function(
    module: Module,
    inputs: Inputs,
    access: Access,
    roots: Mapping[str, Expr],
    layout: Layout,
    careful: str,
) -> Callable[..., int]:
    """The function from values to a mask: the tabled segments' bits, then the others'."""
    tables = _Tables(inputs, layout)
    statements: list[ast.stmt] = [*_open(access), assign("m", module.constant(tables.everything))]
    for axis, masks in tables.masks():
        statements.append(_narrow(_masked(module, access, axis, masks)))
    truths = computed_truths(layout, inputs)
    if truths:
        module.names["truths"] = fast_function(module, inputs, access, truths, "truths_careful")
        statements.append(assign("found", call("truths", name("v"), name("as_of"))))
        for place, pair in enumerate(tables.pairs()):
            chosen = [module.constant(mask) for mask in pair]
            test = item(name("found"), place)
            statements.append(_narrow(ast.IfExp(test, chosen[0], chosen[1])))
    result = _join_planes(module, layout)
    if layout.rest:
        # Highest bit first, as a number is written.
        rest = [roots[title] for title in reversed(layout.rest)]
        module.names["rest"] = fast_function(module, inputs, access, rest, "rest_careful")
        module.names["pack"] = pack
        packed = call("pack", call("rest", name("v"), name("as_of")))
        width = ast.Constant(len(layout.tabled))
        result = ast.BinOp(result, ast.BitOr(), ast.BinOp(packed, ast.LShift(), width))
    again = ast.Return(call(careful, name("v"), name("as_of")))
    failures = ("TypeError", "LookupError", "AttributeError", "ValueError", "ArithmeticError")
    caught = ast.Tuple([name(failure) for failure in failures], ast.Load())
    handler = ast.ExceptHandler(type=caught, name=None, body=[again])
    body: list[ast.stmt] = [ast.Try([*statements, ast.Return(result)], [handler], [], [])]
    return module.define("mask", ("v", "as_of"), body, defaults=1)


class _Tables:
    """The masks of every input and of every computed truth."""

    def __init__(self, inputs: Inputs, layout: Layout) -> None:
        self.layout = layout
        self.checks: dict[int, Check] = {}
        self.computed = [node.id for node in computed_truths(layout, inputs)]
        by_input: dict[Input, list[Check]] = {}
        for atom, node in layout.atoms.items():
            check = as_check(node, inputs.by_node)
            if check is not None and fits(check):
                self.checks[atom] = check
                by_input.setdefault(check.input, []).append(check)
        self.axes = {i: make_axis(i, by_input[i]) for i in inputs.inputs if i in by_input}
        self.everything = sum(
            ((1 << sum(len(r) > plane for r in layout.rows)) - 1) << layout.offsets[plane]
            for plane in range(len(layout.widths))
        )

    def _rows(self) -> Iterable[tuple[int, Row]]:
        offsets = self.layout.offsets
        for place, rows in enumerate(self.layout.rows):
            for plane, row in enumerate(rows):
                yield offsets[plane] + place, row

    def masks(self) -> Iterable[tuple[Axis, list[int]]]:
        """Each axis, and the rows that are possible at each of its places."""
        changes: dict[Input, list[int]] = {
            i: [0] * (axis.missing + 2) for i, axis in self.axes.items()
        }
        places = {atom: self.axes[check.input].places(check) for atom, check in self.checks.items()}
        unconcerned = dict.fromkeys(self.axes, self.everything)
        for bit, row in self._rows():
            for i, allowed in self._allowed(row, places).items():
                unconcerned[i] ^= 1 << bit
                # A row is written down only where it becomes possible or impossible.
                change = allowed ^ (allowed << 1)
                while change:
                    low = change & -change
                    changes[i][low.bit_length() - 1] ^= 1 << bit
                    change ^= low
        for i, axis in self.axes.items():
            masks, current = [], 0
            for change in changes[i][: axis.missing + 1]:
                current ^= change
                masks.append(current | unconcerned[i])
            yield axis, masks

    def _allowed(self, row: Row, places: Mapping[int, int]) -> dict[Input, int]:
        allowed: dict[Input, int] = {}
        for atom, wanted in row.items():
            check = self.checks.get(atom)
            if check is not None:
                full = (1 << (self.axes[check.input].missing + 1)) - 1
                here = places[atom] if wanted else full & ~places[atom]
                allowed[check.input] = allowed.get(check.input, full) & here
        return allowed

    def pairs(self) -> Iterable[tuple[int, int]]:
        """For each computed truth, the rows possible when it is true and when it is false."""
        for atom in self.computed:
            true = false = self.everything
            for bit, row in self._rows():
                if atom in row:
                    if row[atom]:
                        false &= ~(1 << bit)
                    else:
                        true &= ~(1 << bit)
            yield true, false


def _open(access: Access) -> list[ast.stmt]:
    if access.shape != "mapping":
        return []
    return [assign("get", ast.Attribute(name("v"), "get", ast.Load()))]


def _read(access: Access, input: Input) -> ast.expr:
    if access.shape == "mapping":
        return call("get", ast.Constant(input.name))
    return access.direct(input)


def _narrow(mask: ast.expr) -> ast.stmt:
    return ast.AugAssign(ast.Name("m", ast.Store()), ast.BitAnd(), mask)


def _masked(module: Module, access: Access, axis: Axis, masks: Sequence[int]) -> ast.expr:
    """The mask of the place where the input is."""
    place = len(module.names)
    module.names[f"masks_{place}"], module.names[f"find_{place}"] = masks, finder(axis)
    first = walrus("x", _read(access, axis.input))
    found = item_of(f"masks_{place}", call(f"find_{place}", name("x")))
    if axis.values is not None:
        by_value = {value: masks[at] for value, at in axis.values.items()}
        module.names[f"by_value_{place}"] = {**by_value, None: masks[axis.missing]}
        # A mask of no rows is falsy, and then looked for again to the same end.
        get = ast.Attribute(name(f"by_value_{place}"), "get", ast.Load())
        return ast.BoolOp(ast.Or(), [ast.Call(get, [first], []), found])
    kind = axis.input.type.kind
    expected = "int" if kind is Kind.INT else "float" if kind in FLOATS else None
    if expected is None or not axis.cuts:
        return item_of(f"masks_{place}", call(f"find_{place}", first))
    test = compare(ast.Attribute(first, "__class__", ast.Load()), (ast.Is(), name(expected)))
    if expected == "float":
        limits = [ast.Constant(-GREATEST_FLOAT), ast.Constant(GREATEST_FLOAT)]
        inside = compare(limits[0], (ast.LtE(), name("x")), (ast.LtE(), limits[1]))
        test = ast.BoolOp(ast.And(), [test, inside])
    module.names[f"cuts_{place}"] = axis.cuts
    module.names["bisect_right"] = bisect_right
    at = call("bisect_right", name(f"cuts_{place}"), name("x"))
    return ast.IfExp(test, item_of(f"masks_{place}", at), found)


def item_of(sequence: str, index: ast.expr) -> ast.expr:
    """`sequence[index]`."""
    return ast.Subscript(name(sequence), index, ast.Load())


def _join_planes(module: Module, layout: Layout) -> ast.expr:
    """A segment's bit: whether any of its rows is still possible."""
    planes: list[ast.expr] = []
    for offset, width in zip(layout.offsets, layout.widths, strict=False):
        shifted = ast.BinOp(name("m"), ast.RShift(), ast.Constant(offset)) if offset else name("m")
        planes.append(ast.BinOp(shifted, ast.BitAnd(), module.constant((1 << width) - 1)))
    joined = planes[0]
    for plane in planes[1:]:
        joined = ast.BinOp(joined, ast.BitOr(), plane)
    return joined


def pack(truths: Iterable[bool]) -> int:
    """Truths as a number in base two, the first as its highest bit."""
    digits = bytes(truths).translate(_DIGITS)
    return int(digits, 2) if digits else 0


_DIGITS = bytes((0x30 if code == 0 else 0x31) for code in range(256))
_TRUTHS = bytes(code == 0x31 for code in range(256))


def unpack(mask: int, count: int) -> tuple[bool, ...]:
    """The lowest `count` bits of a mask as truths, the lowest first."""
    digits = f"{mask:0{count}b}".encode()[::-1]
    return Struct(f"{count}?").unpack(digits.translate(_TRUTHS)) if count else ()


def names_of(mask: int, names: Sequence[str]) -> tuple[str, ...]:
    """The names whose bits are set; cheap when they are few."""
    digits = f"{mask:b}"[::-1]
    found: list[str] = []
    place = digits.find("1")
    while place >= 0:
        found.append(names[place])
        place = digits.find("1", place + 1)
    return tuple(found)
