"""Whole cases, for a plain random generator and as a strategy of Hypothesis."""

from random import Random

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from parity.case import Case, compile_rules
from parity.generate import catalogs, instants, rulesets
from parity.generate.rows import Filler
from parity.generate.rulesets import Tally
from segue.compiler.plan.windows import DAY

TALLY = Tally()


def case(random: Random, tally: Tally, *, entities: int, definitions: int) -> Case:
    """One case."""
    binding = instants.binding(random)
    catalog = catalogs.catalog(random, binding.zone.key)
    near = (binding.as_of, binding.as_of - 30 * DAY, binding.as_of - DAY, binding.as_of - 7 * DAY)
    rules = rulesets.ruleset(random, catalog, near, tally, definitions)
    plan = compile_rules(rules, catalog)
    seed = random.randrange(2**32)
    tables = Filler(Random(seed), catalog, plan, binding).fill(entities)
    return Case(catalog, tables, rules, binding)


def cases(variant: int = 0, entities: int = 50) -> SearchStrategy[Case]:
    """Cases from seeds; other ones for each variant.

    Not from `st.randoms`: draws that Hypothesis makes one by one lean so much towards the
    simplest that a quarter of the operators hardly occur. `parity.reduce` cuts failures down.
    """
    seeds = st.integers(0, 2**64 - 1)
    return seeds.map(
        lambda seed: case(Random(seed * 8 + variant), TALLY, entities=entities, definitions=10)
    )
