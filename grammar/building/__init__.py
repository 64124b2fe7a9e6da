"""Makes the nodes of the tree: one function per rule of the grammar, called as it is reduced.

Each is given the context of the parse, the span of what it stands for, and the parts the rule
keeps; the names are those in `segue.lark`.
"""

from collections.abc import Callable
from typing import Any

from segue.grammar.building import blocks, campaigns, definitions, expressions, lists
from segue.grammar.tables import RULES

_MODULES = (lists, expressions, definitions, blocks, campaigns)


def _builder(name: str) -> Callable[..., Any] | None:
    return next((getattr(m, name) for m in _MODULES if name in m.__dict__), None) if name else None


BUILDERS = tuple(_builder(function) for _, _, function, _ in RULES)
