"""More customers from a few: each with the events of another beside their own.

The smallest member of a segment has nothing that other segments would object to, so it is in
every segment of people who do *not* do something. With somebody else's events added it often
is not, which answers a question that the solver would otherwise be asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from segue.compiler.solver.witness import Witness

OTHERS = 2
# Far apart, so that neighbours, which tend to be about the same things, are not mingled.
STRIDE = 37


def mingled(witnesses: Sequence[Witness]) -> Iterator[Witness]:
    """The witnesses, and each one with the events and attributes of a few others."""
    yield from witnesses
    for place, witness in enumerate(witnesses):
        for step in range(1, OTHERS + 1):
            other = witnesses[(place + step * STRIDE) % len(witnesses)]
            if other is not witness:
                age = witness.as_of - other.as_of
                yield replace(
                    witness,
                    attributes={**other.attributes, **witness.attributes},
                    events=(*witness.events, *other.events) if age == 0 else witness.events,
                )
