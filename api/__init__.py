"""Segue: customer segments and lifecycles as text, compiled to warehouse SQL and to Python.

    import segue

    rules = segue.load("rulesets/behavioral")
    rules.evaluate({"email_opens_30d": 12, "click_rate_30d": 0.2}).segments

Nothing is imported before it is used, so `import segue` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segue.compiler.python.lifecycles import Move
    from segue.compiler.python.profile import Profile
    from segue.compiler.python.snapshot import NeedsSnapshot, Snapshot
    from segue.grammar.diagnostics import Diagnostic, SegueError, Severity
    from segue.rules import Batch, Membership, Population, Rules, load
    from segue.runtime.columnar import TableBatch
    from segue.runtime.refusal import Refusal
    from segue.runtime.row_error import RowError
    from segue.runtime.segments import SegmentInfo

    __version__: str

__all__ = [
    "Batch",
    "Diagnostic",
    "Membership",
    "Move",
    "NeedsSnapshot",
    "Population",
    "Profile",
    "Refusal",
    "RowError",
    "Rules",
    "SegmentInfo",
    "SegueError",
    "Severity",
    "Snapshot",
    "TableBatch",
    "__version__",
    "load",
]

_HOMES = {
    "Diagnostic": "segue.grammar.diagnostics",
    "Batch": "segue.rules",
    "Membership": "segue.rules",
    "Move": "segue.compiler.python.lifecycles",
    "NeedsSnapshot": "segue.compiler.python.snapshot",
    "Population": "segue.rules",
    "Profile": "segue.compiler.python.profile",
    "Refusal": "segue.runtime.refusal",
    "RowError": "segue.runtime.row_error",
    "Rules": "segue.rules",
    "SegmentInfo": "segue.runtime.segments",
    "SegueError": "segue.grammar.diagnostics",
    "Severity": "segue.grammar.diagnostics",
    "Snapshot": "segue.compiler.python.snapshot",
    "TableBatch": "segue.runtime.columnar",
    "load": "segue.rules",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("segue-lang")
    if name not in _HOMES:
        raise AttributeError(f"module `segue` has no attribute `{name}`")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOMES, "__version__"]
