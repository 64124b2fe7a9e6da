"""Every lint rule there is."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from segue.compiler.lint.rule import Rule

# The files in `compiler/lint/rules/`, in order of their codes. They are imported when asked for.
MODULES = (
    "missing_decides_negation",  # SEG101
    "impossible_segment",  # SEG201
    "universal_segment",  # SEG202
    "redundant_condition",  # SEG203
    "segment_inside_another",  # SEG204
    "equivalent_segments",  # SEG205
    "assertion_violated",  # SEG206
    "assertion_unproved",  # SEG207
    "compare_with_boolean",  # SEG303
    "unused_metric",  # SEG401
    "unused_suppression",  # SEG901
)


@cache
def rules() -> Mapping[str, Rule]:
    """All rules by code."""
    found = (import_module(f"segue.compiler.lint.rules.{module}").RULE for module in MODULES)
    return MappingProxyType({rule.code: rule for rule in found})


def find_rule(word: str) -> Rule | None:
    """The rule of a code or a name."""
    found = rules()
    return found.get(word.upper()) or next((r for r in found.values() if r.name == word), None)
