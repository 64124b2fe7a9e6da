"""Exact comparison of answers: floats by their bits, everything else by type and value.

One thing apart: zero has no sign. Engines differ in when they give -0.0, and no comparison,
count or division of the language can tell.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parity.engines.base import Answers


@dataclass(frozen=True, slots=True)
class Difference:
    """One output of one entity on which engines disagree."""

    output: str
    key: Any
    values: Mapping[str, Any]


def same(left: Any, right: Any) -> bool:
    """Whether two values are the same thing."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        return struct.pack("<d", left + 0.0) == struct.pack("<d", right + 0.0)
    return bool(left == right)


def differences(found: Mapping[str, Answers]) -> list[Difference]:
    """Where any engine's answer is not that of the first; what one lacks is no difference
    when it lacks the whole output."""
    names = list(found)
    first = found[names[0]]
    differing = []
    for output, by_key in first.items():
        having = [n for n in names if output in found[n]]
        keys = set(by_key).union(*(found[n][output] for n in having))
        for key in sorted(keys, key=str):
            values = {n: found[n][output].get(key, "no row") for n in having}
            if not all(same(values[names[0]], v) for v in values.values()):
                differing.append(Difference(output, key, values))
    return differing
