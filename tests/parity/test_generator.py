"""The generator writes every operator, aggregate and window that is declared."""

from collections import Counter
from collections.abc import Iterator
from random import Random

from parity.census import count, declared, nodes
from parity.generate import catalogs, instants, rulesets
from parity.generate.rulesets import Tally
from segue.grammar import ast


def sample(size: int) -> Iterator[ast.Module]:
    for seed in range(size):
        random = Random(seed)
        binding = instants.binding(random)
        catalog = catalogs.catalog(random, binding.zone.key)
        yield rulesets.ruleset(random, catalog, (binding.as_of,), Tally(), 10)


def test_everything_declared_is_generated() -> None:
    found: Counter[str] = Counter()
    kinds: set[type] = set()
    steps: set[int] = set()
    for module in sample(250):
        found += count(module.items)
        for node in nodes(module.items):
            kinds.add(type(node))
            if isinstance(node, ast.Selection):
                steps.add(len(node.steps))
    assert [name for name in declared() if not found[name]] == []
    assert steps == {0, 1, 2}
    assert {ast.InSegment, ast.Between, ast.Define, ast.Percent, ast.Duration} - kinds == set()
