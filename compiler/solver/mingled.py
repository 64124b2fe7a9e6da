"""More customers from a few: each with the events of another beside their own.

The smallest member of a segment has nothing that other segments would object to, so it is in
every segment of people who do *not* do something. With somebody else's events added it often
is not, which answers a question that the solver would otherwise be asked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from segue.compiler.solver.witness import Witness

OTHERS = 2


def mingled(witnesses: Mapping[str, Witness]) -> Iterator[Witness]:
    """The witnesses, and each one with the events and attributes of a few others.

    They are given by their fingerprints and mingled in the order of those: one witness more or
    fewer leaves nearly all customers as they were, and neighbours in a file, which tend to be
    about the same things, are far apart.
    """
    yield from witnesses.values()
    ring = [witnesses[name] for name in sorted(witnesses)]
    for place, witness in enumerate(ring):
        for step in range(1, OTHERS + 1):
            other = ring[(place + step) % len(ring)]
            if other is not witness:
                age = witness.as_of - other.as_of
                yield replace(
                    witness,
                    attributes={**other.attributes, **witness.attributes},
                    events=(*witness.events, *other.events) if age == 0 else witness.events,
                )
