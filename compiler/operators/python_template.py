"""Python lowerings written as short templates.

A template is a constant of this project, parsed once with the `ast` module; its operands are
the names `a`, `b`, `c`, and `p0`, `p1`, … are the operator's static parameters. User text never
reaches it.
"""

import ast
import copy
from functools import cache

from segue.compiler.operators.declaration import PythonCall, PythonLowering

OPERANDS = "abcdef"


def python(template: str) -> PythonLowering:
    """The lowering that puts operands and static parameters into `template`."""

    def lower(call: PythonCall) -> ast.expr:
        names: dict[str, ast.expr] = dict(zip(OPERANDS, call.args, strict=False))
        param = call.expr.param
        values = param if isinstance(param, tuple) else (param,)
        names |= {f"p{i}": ast.Constant(value) for i, value in enumerate(values)}
        tree: ast.expr = _Substitute(names).visit(copy.deepcopy(_parse(template)))
        return tree

    return lower


@cache
def _parse(template: str) -> ast.expr:
    return ast.parse(template, mode="eval").body


class _Substitute(ast.NodeTransformer):
    def __init__(self, names: dict[str, ast.expr]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.names.get(node.id, node)
