"""What the solver has to say of a claim about all customers."""

from dataclasses import dataclass
from typing import TypeAlias

from segue.compiler.solver.witness import Witness


@dataclass(frozen=True, slots=True)
class Proved:
    """No customer contradicts the claim, whatever their events: as long as the catalog is true."""


@dataclass(frozen=True, slots=True)
class Refuted:
    """A customer contradicts the claim; the Python backend has confirmed it."""

    witness: Witness


@dataclass(frozen=True, slots=True)
class Unknown:
    """Neither proved nor refuted; never to be taken for either.

    `late` where more time might have helped.
    """

    why: str
    late: bool = False


Verdict: TypeAlias = Proved | Refuted | Unknown
"""One of three: unknown is a verdict of its own, and not a pass."""
