"""sqlglot's expressions, imported when the first SQL is built.

Checking rules reads every declaration and builds no SQL; sqlglot is a fifth of the time that
a commit hook would wait.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp
else:

    class _Expressions:
        def __getattr__(self, name: str) -> object:
            return getattr(import_module("sqlglot.expressions"), name)

    exp = _Expressions()

__all__ = ["exp"]
