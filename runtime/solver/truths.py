"""Which customers fulfil which conditions, kept on disk: evaluating them takes longer than asking
the solver about the one rule that changed.

One JSON file in `.segue_cache/` of a project: customers and conditions by fingerprint, and for each
condition two numbers whose bits are customers, of those it is known of and of those who fulfil it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from segue.runtime.solver.kept import read_kept, write_kept

FILE = "customers.json"
# Another evaluation of the same conditions: what was kept is no longer asked.
VERSION = 1
MOST = 8_000_000
"""Bits; more take longer to read than to find out."""


class Truths:
    """What is known of customers. Without a folder it lasts as long as the process."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root
        self._places: dict[str, int] = {}
        self._known: dict[str, int] = {}
        self._true: dict[str, int] = {}
        self._asked: tuple[set[str], set[str]] = (set(), set())
        self._changed = False
        if root is not None:
            with suppress(KeyError, TypeError, ValueError, AttributeError):
                self._load(read_kept(root, FILE, VERSION))

    def _load(self, data: Mapping[str, Any]) -> None:
        places = {str(name): place for place, name in enumerate(data["customers"])}
        bits = {str(name): (int(k, 16), int(t, 16)) for name, (k, t) in data["conditions"].items()}
        self._places = places
        self._known = {name: known for name, (known, _) in bits.items()}
        self._true = {name: true for name, (_, true) in bits.items()}

    def everyone(self, customers: Sequence[str]) -> int:
        """Some customers as bits."""
        found = 0
        for name in customers:
            found |= 1 << self._places.setdefault(name, len(self._places))
        self._asked[0].update(customers)
        return found

    def fulfilling(self, condition: str) -> int:
        """Those who are known to fulfil a condition, as bits."""
        return self._true.get(condition, 0)

    def unknown(
        self, customers: Sequence[str], conditions: Sequence[str]
    ) -> Iterator[tuple[list[str], list[str]]]:
        """Customers of whom conditions are not known, with those conditions."""
        everyone = self.everyone(customers)
        self._asked[1].update(conditions)
        missing: dict[int, list[str]] = {}
        for condition in dict.fromkeys(conditions):
            missing.setdefault(everyone & ~self._known.get(condition, 0), []).append(condition)
        for bits, found in missing.items():
            if bits:
                yield [c for c in customers if bits >> self._places[c] & 1], found

    def learn(self, customers: Sequence[str], condition: str, truths: Sequence[bool]) -> None:
        """Whether each of some customers fulfils a condition."""
        known = true = 0
        for customer, truth in zip(customers, truths, strict=True):
            bit = 1 << self._places[customer]
            known |= bit
            true |= bit if truth else 0
        self._known[condition] = self._known.get(condition, 0) | known
        self._true[condition] = self._true.get(condition, 0) | true
        self._changed = True

    def save(self) -> None:
        """Writes what is known; where it is too much, only of what was asked for now."""
        if self._root is None or not self._changed:
            return
        customers, conditions = list(self._places), list(self._known)
        if len(customers) * len(conditions) > MOST:
            customers = [c for c in customers if c in self._asked[0]]
            conditions = [c for c in conditions if c in self._asked[1]]
        if len(customers) * len(conditions) > MOST:
            return
        places = [self._places[c] for c in customers]
        data = {
            "customers": customers,
            "conditions": {
                name: [_hex(self._known[name], places), _hex(self._true[name], places)]
                for name in conditions
            },
        }
        write_kept(self._root, FILE, VERSION, data)


def _hex(bits: int, places: Sequence[int]) -> str:
    """The bits at some places, moved together."""
    digits = "".join("1" if bits >> place & 1 else "0" for place in reversed(places))
    return f"{int(digits or '0', 2):x}"
