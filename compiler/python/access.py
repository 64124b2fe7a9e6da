"""How generated code reads its inputs from what the caller passes."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from segue.compiler.python.boundary import Reader, reader
from segue.compiler.python.inputs import Input
from segue.compiler.python.module import item, name

Shape = Literal["mapping", "object", "row"]
"""What the caller passes: a mapping by input name, an object whose attributes are the inputs,
or a sequence in the order of the columns."""


@dataclass(frozen=True, slots=True)
class Access:
    """Reads inputs from the parameter `v`."""

    shape: Shape
    positions: Mapping[str, int]
    locals: Mapping[str, str]

    def direct(self, input: Input) -> ast.expr:
        """The value, raising where there is none."""
        match self.shape:
            case "mapping":
                return item(name("v"), input.name)
            case "row":
                return item(name("v"), self.positions[input.name])
            case "object":
                tree = name("v")
                for part in input.name.split("."):
                    tree = ast.Attribute(tree, part, ast.Load())
                return tree

    def local(self, input: Input) -> str:
        """The variable that holds the input."""
        return self.locals[input.name]


def access(inputs: Sequence[Input], shape: Shape, columns: Sequence[str] | None) -> Access:
    """How to read these inputs; `columns` are the places of a row (default: input order)."""
    order = [i.name for i in inputs] if columns is None else list(columns)
    positions = {title: place for place, title in enumerate(order)}
    absent = [i.name for i in inputs if i.name not in positions]
    if shape == "row" and absent:
        raise ValueError(f"the columns of the row lack {', '.join(absent)}")
    variables: dict[str, str] = {}
    for i in inputs:
        variable = "v_" + re.sub(r"\W", "_", i.name)
        while variable in variables.values():
            variable += "_"
        variables[i.name] = variable
    return Access(shape, positions, variables)


def lookup(values: Any, key: str | int) -> Any:
    """The value at a key or position, or None."""
    try:
        return values[key]
    except (KeyError, IndexError):
        return None


def follow(values: Any, path: str) -> Any:
    """The value of an attribute, dotted or not, or None."""
    for part in path.split("."):
        values = getattr(values, part, None)
    return values


@cache
def input_reader(input: Input) -> Reader:
    """What turns the caller's value into the input's representation, default included.

    Raises `TypeError`, naming the input, for a value of another type.
    """
    read, default = reader(input.type), input.default

    def read_or_default(value: Any) -> Any:
        try:
            found = read(value)
        except TypeError as error:
            raise TypeError(f"`{input.name}`: {error}") from None
        return default if found is None else found

    return read_or_default
