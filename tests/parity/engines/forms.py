"""The other forms of a statement: members alone as columns, as rows and as the bits of words,
those also from working tables, and the counts and conditions of large rulesets, here whatever the
size.

Asked for members alone, nothing keeps windows from being narrowed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlglot import exp

from parity.case import Case
from parity.engines.base import Answers
from parity.engines.sql import SqlEngine, answers, everything, possible
from segue.compiler.sql import packing, statements
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.query import CompiledQuery, Outputs, compile_query, generate
from segue.compiler.sql.statements import WORD_BITS, compile_flags, compile_members
from segue.compiler.sql.working import TableOf

Truths = dict[str, dict[Any, Any]]
NEVER = 10**9
WORKING = frozenset({"duckdb", "clickhouse"})
"""The engines whose working tables are tried: one of the ordinary tests, and that which runs
with them."""


class Forms:
    """See the module. The truth of a segment is that of all forms, or says where they differ."""

    def __init__(self, engine: SqlEngine) -> None:
        self.engine = engine
        self.name = f"{engine.name} forms"

    def evaluate(self, case: Case) -> Answers:
        """The answers for every entity: of segments, and of metrics where counts are packed."""
        self.engine.load(case)
        found = self._packed(case)
        segments = possible(case.plan, self.engine.name, case.plan.segments)
        if segments:
            found |= agreed(self._truths(case, segments))
        return found

    def _packed(self, case: Case) -> Answers:
        if dialect(self.engine.name).packed is None:
            return {}
        with large():
            return self._ask(case, everything(case, self.engine.name))

    def _truths(self, case: Case, segments: tuple[str, ...]) -> dict[str, Truths]:
        name = self.engine.name
        alone = compile_query(case.plan, case.binding, name, Outputs(segments=segments))
        found = {"columns": self._ask(case, alone)}
        members = compile_members(case.plan, case.binding, name, segments)
        rows = {tuple(row) for row in self.engine.run(members.sql(pretty=False))}
        found["rows"] = {
            segment: {key: (segment, key) in rows for key in found["columns"][segment]}
            for segment in segments
        }
        with small():
            found["words"] = self._words(case, segments)
            if name in WORKING:
                found["working tables"] = self._words(case, segments, working_table)
        if dialect(name).byte is not None:
            with large():
                found["masks"] = self._words(case, segments)
        return found

    def _words(
        self, case: Case, segments: tuple[str, ...], working: TableOf | None = None
    ) -> Truths:
        roots = [case.plan.segments[name].expr for name in segments]
        name = self.engine.name
        query = compile_flags(case.plan, case.binding, name, roots, working=working)
        for made in query.working:
            create = exp.Create(this=made.table, kind="TABLE", expression=made.query)
            create.set("properties", exp.Properties(expressions=[exp.TemporaryProperty()]))
            self.engine.run(generate(create, name, pretty=False))
        rows = list(self.engine.run(query.sql(pretty=False)))
        for made in query.working:
            drop = exp.Drop(tables=[made.table], kind="TABLE")
            self.engine.run(generate(drop, name, pretty=False))
        return {
            segment: {
                key: bool(words[place // WORD_BITS] >> place % WORD_BITS & 1)
                for key, *words in rows
            }
            for place, segment in enumerate(segments)
        }

    def _ask(self, case: Case, query: CompiledQuery) -> Answers:
        return answers(case, query.columns, self.engine.run(query.sql(pretty=False)))


def working_table(step: str) -> exp.Table:
    """The table of a step."""
    return exp.to_table(f"working_{step}")


def agreed(found: dict[str, Truths]) -> Answers:
    """What all forms say of each entity, or else what each says."""
    first, *others = found.values()
    return {
        segment: {
            key: truth
            if all(other[segment].get(key) is truth for other in others)
            else str({form: truths[segment].get(key) for form, truths in found.items()})
            for key, truth in by_key.items()
        }
        for segment, by_key in first.items()
    }


@contextmanager
def large() -> Iterator[None]:
    """Every ruleset is as large as those whose counts are packed and conditions are masks."""
    with patch.object(packing, "MANY", 0), patch.object(statements, "MANY", 0):
        yield


@contextmanager
def small() -> Iterator[None]:
    """No ruleset is."""
    with patch.object(packing, "MANY", NEVER), patch.object(statements, "MANY", NEVER):
        yield
