"""One comparison: a catalog, its tables, rules, and the instant they are evaluated at."""

from dataclasses import dataclass
from functools import cached_property

from parity.generate.models import grown
from parity.tables import Table
from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.scores.library import NONE, Models
from segue.grammar import ast

Tables = dict[str, Table]


@dataclass(frozen=True)
class Case:
    """What every engine is given."""

    catalog: Catalog
    tables: Tables
    rules: ast.Module
    binding: Binding

    @cached_property
    def plan(self) -> Plan:
        """The rules, compiled."""
        return compile_rules(self.rules, self.catalog)


def compile_rules(rules: ast.Module, catalog: Catalog) -> Plan:
    """The plan of rules that have no error; their scores have a model each."""
    plan = _compiled(rules, catalog, NONE)
    return _compiled(rules, catalog, grown(plan)) if plan.scores else plan


def _compiled(rules: ast.Module, catalog: Catalog, models: Models) -> Plan:
    result = analyse([Source((), rules)], catalog, models=models)
    assert result.plan is not None, [(d.code, d.message) for d in result.diagnostics]
    return result.plan
