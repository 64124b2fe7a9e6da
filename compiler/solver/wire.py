"""Catalogs, expressions and verdicts as JSON data, between processes and in a cache.

Only the classes listed here are read back, so that what comes in is data and never code.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from segue.compiler.catalog import model
from segue.compiler.plan import nodes, windows
from segue.compiler.plan.nodes import Expr, Graph, reachable
from segue.compiler.scores.model import ScoreKind
from segue.compiler.solver.verdict import Proved, Refuted, Unknown, Verdict
from segue.compiler.solver.witness import Happening, Witness
from segue.compiler.types import Kind, Type

_CLASSES: Mapping[str, Any] = {
    found.__name__: found
    for found in (
        *(Type, Kind, nodes.Aggregate, nodes.Kernel, nodes.Step, nodes.State),
        *(nodes.Among, nodes.Population, nodes.Scored, ScoreKind),
        *(windows.Ever, windows.Sliding, windows.Calendar, windows.Fixed, windows.FixedDays),
        *(
            windows.LastEvents,
            windows.Ahead,
            model.Catalog,
            model.Entity,
            model.Attribute,
            model.Property,
        ),
        *(model.TableEvent, model.UnionEvent, model.TableName, model.TimeColumn, model.TimeKind),
        *(model.Column, model.Unit, Witness, Happening, Proved, Refuted, Unknown),
    )
}


def encode(value: Any, expression: Callable[[Expr], Any] | None = None) -> Any:
    """A value as JSON data; `expression` says what stands for an expression in it."""
    if isinstance(value, Expr):
        assert expression is not None
        return {"expression": expression(value)}
    if isinstance(value, Enum):
        return {"enum": type(value).__name__, "value": value.value}
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {"map": [[encode(k, expression), encode(v, expression)] for k, v in value.items()]}
    if isinstance(value, tuple | list):
        return [encode(part, expression) for part in value]
    assert is_dataclass(value), value
    parts = {
        field.name: encode(getattr(value, field.name), expression)
        for field in fields(value)
        if field.compare
    }
    return {"class": type(value).__name__, "fields": parts}


def decode(data: Any, expressions: Sequence[Expr] = ()) -> Any:
    """The value of JSON data; raises `KeyError` for what it does not know."""
    if isinstance(data, list):
        return tuple(decode(part, expressions) for part in data)
    if not isinstance(data, dict):
        return data
    if "expression" in data:
        return expressions[data["expression"]]
    if "map" in data:
        return {decode(k, expressions): decode(v, expressions) for k, v in data["map"]}
    if "enum" in data:
        return _CLASSES[data["enum"]](data["value"])
    parts = {name: decode(part, expressions) for name, part in data["fields"].items()}
    return _CLASSES[data["class"]](**parts)


def encode_expressions(roots: Iterable[Expr]) -> tuple[list[Any], dict[int, int]]:
    """Expressions and all they need, arguments first; and the place of each by its id."""
    places: dict[int, int] = {}
    data: list[Any] = []
    for node in reachable(roots):
        places[node.id] = len(data)
        data.append(_encode_node(node, lambda e: places[e.id]))
    return data, places


def _encode_node(node: Expr, expression: Callable[[Expr], Any]) -> Any:
    args = [expression(arg) for arg in node.args]
    return [node.op, args, encode(node.param, expression), encode(node.type)]


def decode_expressions(data: Iterable[Any]) -> list[Expr]:
    """The expressions of JSON data, in a graph of their own."""
    graph, found = Graph(), list[Expr]()
    for op, args, param, type in data:
        node = graph.make(
            op, tuple(found[i] for i in args), decode(param, found), type=decode(type)
        )
        found.append(node)
    return found


class Fingerprints:
    """Hashes of expressions that depend on what they say, not on the graph they are in."""

    def __init__(self, catalog: model.Catalog) -> None:
        self.catalog = catalog
        self._digest = _digest(encode(catalog))
        self._found: dict[Expr, str] = {}

    def of(self, expr: Expr) -> str:
        """The hash of an expression over the catalog."""
        for node in reachable([expr]):
            if node not in self._found:
                data = _encode_node(node, lambda e: self._found[e])
                self._found[node] = _digest(data)
        return _digest([self._digest, self._found[expr]])


def fingerprint_of(witness: Witness) -> str:
    """The hash of a customer."""
    return _digest(encode(witness))


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:32]


def encode_verdict(verdict: Verdict) -> Any:
    """A verdict as JSON data."""
    return encode(verdict)


def decode_verdict(data: Any) -> Verdict:
    """The verdict of JSON data."""
    found = decode(data)
    assert isinstance(found, Proved | Refuted | Unknown)
    return found
