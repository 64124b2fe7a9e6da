"""Texts in the solver: whole numbers in the order of the texts, with room between them.

z3 has a theory of strings, but rules hardly need it: they compare texts with constants. The
texts that the rules mention, and some that are made from them to be told apart (`"/product"`
is mentioned: `"/productx"` starts with it), are the known ones. Functions of a text are
uninterpreted, and their values at the known texts are stated. What is said of any other text
is what must hold for all: a text that starts with `"/product"` also starts with `"/pro"`.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import product
from typing import Any

from segue.compiler.operators.solver_terms import Z3, Term, implied, opposite, z3
from segue.compiler.plan.nodes import Expr
from segue.compiler.python import support
from segue.compiler.types import TEXTS, Kind

ROOM = 2**20
MOST_TEXTS = 400
KEYS = range(1, 401)
"""The whole numbers whose buckets are known."""

_MEANINGS: dict[str, Callable[..., Any]] = {
    "starts with": str.startswith,
    "ends with": str.endswith,
    "contains": lambda text, part: part in text,
    "matches": lambda text, pattern: support.pattern(pattern)(text) is not None,
    "lower": support.ascii_lower,
    "upper": support.ascii_upper,
    "trim": support.trim,
    "length": len,
    "bucket": support.bucket,
}
_CHANGES = ("lower", "upper", "trim")
_PARTS = ("starts with", "contains", "ends with")


class Texts:
    """The known texts of some expressions, and the functions that are applied to texts."""

    def __init__(self, nodes: Iterable[Expr], mentioned: Iterable[str] = ()) -> None:
        nodes = list(nodes)
        self.known = tuple(sorted(_known_texts(nodes, mentioned)))
        self._numbers = {text: (place + 1) * ROOM for place, text in enumerate(self.known)}
        self._functions: dict[Hashable, Any] = {}
        self._applied: dict[Hashable, list[tuple[str, str, Z3]]] = {}

    def number(self, text: str) -> int:
        """What stands for a known text."""
        return self._numbers[text]

    def text(self, number: int) -> str | None:
        """The known text that a number stands for."""
        place, rest = divmod(number, ROOM)
        return None if rest or not 0 < place <= len(self.known) else self.known[place - 1]

    def among_known(self, value: Z3) -> Z3:
        """That a value is one of the known texts."""
        return z3.Or(*(value == number for number in self._numbers.values()))

    def call(
        self, node: Expr, constants: tuple[Hashable, ...], text: Term, fact: Callable[[Z3], None]
    ) -> Term:
        """A function of a text and constants."""
        function = self._function(node, constants, fact)
        result = function(text.value)
        if node.type.kind is Kind.INT:
            fact(result >= 0)
        if node.op == "bucket":
            fact(result < constants[1])
        if node.op in _PARTS:
            self._relate(node.op, str(constants[0]), text.value, result, fact)
        return Term(result)

    def _function(
        self, node: Expr, constants: tuple[Hashable, ...], fact: Callable[[Z3], None]
    ) -> Any:
        key = (node.op, constants, node.args[0].type.kind in TEXTS)
        if key not in self._functions:
            result = z3.BoolSort() if node.type.kind is Kind.BOOL else z3.IntSort()
            name = f"{node.op} {len(self._functions)}"
            function = self._functions[key] = z3.Function(name, z3.IntSort(), result)
            of_text = node.args[0].type.kind in TEXTS
            inputs: Iterable[Any] = self.known if of_text else KEYS
            for given in inputs:
                found = _MEANINGS[node.op](given, *constants)
                if node.type.kind in TEXTS:
                    found = self._numbers.get(found)
                if found is not None:
                    fact(function(self._numbers[given] if of_text else given) == found)
        return self._functions[key]

    def _relate(
        self, name: str, part: str, text: Z3, result: Z3, fact: Callable[[Z3], None]
    ) -> None:
        """What one test of a text says about the others of the same text."""
        others = self._applied.setdefault(text.get_id(), [])
        for other, other_part, other_result in others:
            for a, b in (
                ((name, part, result), (other, other_part, other_result)),
                ((other, other_part, other_result), (name, part, result)),
            ):
                if _entails(a[0], a[1], b[0], b[1]):
                    fact(implied(a[2], b[2]))
            if _excludes(name, part, other, other_part):
                fact(implied(result, opposite(other_result)))
        others.append((name, part, result))


def _entails(name: str, part: str, other: str, other_part: str) -> bool:
    match other:
        case "contains":
            return other_part in part
        case "starts with":
            return name == other and part.startswith(other_part)
        case _:
            return name == other and part.endswith(other_part)


def _excludes(name: str, part: str, other: str, other_part: str) -> bool:
    if name != other or name == "contains":
        return False
    shorter, longer = sorted((part, other_part), key=len)
    return not (longer.startswith(shorter) if name == "starts with" else longer.endswith(shorter))


def _known_texts(nodes: list[Expr], mentioned: Iterable[str]) -> set[str]:
    literals = {*_literals(nodes), *mentioned}
    parts: dict[str, list[str]] = {name: [""] for name in _PARTS}
    for node in nodes:
        if node.op in _PARTS:
            parts[node.op].append(str(node.args[1].param))
        elif node.op == "matches":
            literals.update(_examples(str(node.args[1].param)))
    made = {"x", "other", *literals}
    for start, middle, end in product(*parts.values()):
        if len(made) < MOST_TEXTS:
            made |= {start + middle + end, f"{start}x{middle}x{end}"}
    for name in _CHANGES:
        if any(node.op == name for node in nodes):
            made |= {_MEANINGS[name](text) for text in made}
            # A text that is not its own lower case tells `lower(x) == "a"` from `x == "a"`.
            made |= {text.swapcase() for text in literals} | {f" {text} " for text in literals}
    return made


def _literals(nodes: Iterable[Expr]) -> Iterator[str]:
    for node in nodes:
        yield from node.type.values or ()
        if node.op == "literal" and isinstance(node.param, str):
            yield node.param
        elif node.op == "in" and isinstance(node.param, tuple):
            yield from (c for c in node.param if isinstance(c, str))
        elif node.op == "length":
            yield from ("", "x" * 3, "x" * 12, "x" * 40)


def _examples(pattern: str) -> Iterator[str]:
    """Texts that a regular expression may match; whether they do is tried."""
    plain = pattern.strip("^$")
    yield from (plain, plain.replace("\\", ""), *plain.split("|"))
