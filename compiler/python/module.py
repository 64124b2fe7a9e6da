"""Building and compiling Python functions from syntax trees, without any text in between."""

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any

_LITERALS = (bool, int, float, str)


class Module:
    """The globals of some generated functions, and the compiler of those functions."""

    def __init__(self, *sources: Any) -> None:
        self.names: dict[str, Any] = {}
        # Of equal names the first source's is meant.
        for source in reversed(sources):
            self.names.update(
                {name: value for name, value in vars(source).items() if not name.startswith("_")}
            )
        self._constants: dict[Any, str] = {}
        # What stands for each `population` node; they are called with the name `snapshot`.
        self.standings: Mapping[int, Callable[..., Any]] = {}
        # What computes each `score` node.
        self.scorers: Mapping[int, Callable[..., Any]] = {}
        self.source: list[ast.FunctionDef] = []

    def constant(self, value: Any) -> ast.expr:
        """An expression for a value: a literal where Python has one, else a global name."""
        if value is None or value.__class__ in _LITERALS:
            return ast.Constant(value)
        if isinstance(value, frozenset) and all(v.__class__ in _LITERALS for v in value):
            return literal(value)
        return name(self.bind(value))

    def bind(self, value: Any) -> str:
        """The global name of a value that has no literal."""
        key = (value.__class__, value)
        if key not in self._constants:
            title = getattr(value, "__name__", value.__class__.__name__).lower().strip("_<>")
            bound = f"{title}_{len(self._constants)}"
            self._constants[key] = bound
            self.names[bound] = value
        return self._constants[key]

    def define(
        self, title: str, parameters: Iterable[str], body: list[ast.stmt], defaults: int = 0
    ) -> Callable[..., Any]:
        """Compile one function; the last `defaults` parameters default to None."""
        tree = ast.FunctionDef(
            name=title,
            args=ast.arguments(
                posonlyargs=[],
                args=[ast.arg(arg=parameter) for parameter in parameters],
                kwonlyargs=[],
                kw_defaults=[],
                defaults=[ast.Constant(None) for _ in range(defaults)],
            ),
            body=body,
            decorator_list=[],
            lineno=1,
        )
        self.source.append(tree)
        module = ast.Module(body=[tree], type_ignores=[])
        ast.fix_missing_locations(module)
        scope: dict[str, Any] = {}
        # The tree was built node by node: no text, and so no text of a user, is executed.
        exec(compile(module, f"<segue {title}>", "exec"), self.names, scope)
        function: Callable[..., Any] = scope[title]
        return function

    def text(self) -> str:
        """The generated functions as Python text, for people."""
        return "\n\n".join(ast.unparse(tree) for tree in self.source)


def literal(value: Any) -> ast.expr:
    """A constant that Python compiles into the code."""
    return ast.Constant(value)


def name(identifier: str) -> ast.expr:
    """A variable being read."""
    return ast.Name(identifier, ast.Load())


def assign(identifier: str, value: ast.expr) -> ast.stmt:
    """`identifier = value`."""
    return ast.Assign(targets=[ast.Name(identifier, ast.Store())], value=value, lineno=1)


def walrus(identifier: str, value: ast.expr) -> ast.expr:
    """`(identifier := value)`."""
    return ast.NamedExpr(ast.Name(identifier, ast.Store()), value)


def call(function: str, *args: ast.expr) -> ast.expr:
    """`function(args)`."""
    return ast.Call(func=name(function), args=list(args), keywords=[])


def item(value: ast.expr, key: str | int) -> ast.expr:
    """`value[key]`."""
    return ast.Subscript(value, ast.Constant(key), ast.Load())


def compare(left: ast.expr, *rest: tuple[ast.cmpop, ast.expr]) -> ast.expr:
    """A comparison, chained where there is more than one operator."""
    return ast.Compare(left, [op for op, _ in rest], [right for _, right in rest])


def is_none(value: ast.expr) -> ast.expr:
    """`value is None`."""
    return compare(value, (ast.Is(), ast.Constant(None)))


def is_not_none(value: ast.expr) -> ast.expr:
    """`value is not None`."""
    return compare(value, (ast.IsNot(), ast.Constant(None)))


def both(*parts: ast.expr) -> ast.expr:
    """`a and b and …`."""
    return parts[0] if len(parts) == 1 else ast.BoolOp(ast.And(), list(parts))


def either(*parts: ast.expr) -> ast.expr:
    """`a or b or …`."""
    return parts[0] if len(parts) == 1 else ast.BoolOp(ast.Or(), list(parts))


def negated(part: ast.expr) -> ast.expr:
    """`not a`."""
    return ast.UnaryOp(ast.Not(), part)
