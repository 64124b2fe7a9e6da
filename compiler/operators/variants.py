"""Lowerings that depend on the type of the result."""

from typing import TYPE_CHECKING

from segue.compiler.operators.declaration import PythonCall, PythonLowering
from segue.compiler.types import FLOATS

if TYPE_CHECKING:
    import ast


def by_result(exact: PythonLowering, double: PythonLowering) -> PythonLowering:
    """One lowering for results that are whole numbers inside, another for doubles."""

    def lower(call: PythonCall) -> "ast.expr":
        return (double if call.expr.type.kind in FLOATS else exact)(call)

    return lower
