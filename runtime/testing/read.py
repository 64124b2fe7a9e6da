"""Files of rule tests: text in, tests or findings out."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from segue.compiler.catalog.model import Value
from segue.compiler.catalog.yaml_tree import Mapping, Scalar, Tree, read_yaml
from segue.compiler.plan.plan import Plan
from segue.compiler.types import Type
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.span import Span
from segue.runtime.as_of import EXPECTED, read_instant
from segue.runtime.testing import codes
from segue.runtime.testing.events import read_events
from segue.runtime.testing.model import Case, Expected, ExpectedStage, ExpectedValue, Given
from segue.runtime.testing.reader import Reader, head
from segue.runtime.testing.scores import read_scores, same_scores
from segue.runtime.testing.stages import read_stages
from segue.runtime.testing.values import Clock, expected_value, field_value

# Keys that stand one level deeper.
_ELSEWHERE = {
    **{key: f"write `given: {{{key}: …}}`" for key in ("attributes", "events")},
    **{key: f"write `expect: {{{key}: …}}`" for key in ("in", "not_in", "exactly", "metrics")},
}
_CASE_KEYS = ("name", "unconfirmed", "as_of", "given", "population", "expect")
_MOST_ALIKE = 10_000
EXAMPLE = "tests:\n  - name: a keen reader\n    given: …\n    expect: …"


def read_tests(text: str, path: str, plan: Plan) -> tuple[list[Case], list[Diagnostic]]:
    """The tests of a file, as far as they can be read, and all that is wrong with them."""
    tree, diagnostics = read_yaml(text, path)
    reader = Reader(diagnostics.append)
    cases: list[Case] = []
    if isinstance(tree, Mapping):
        cases = list(_FileReader(reader, plan).cases(tree))
    elif tree is not None or not diagnostics:
        span = tree.span if tree is not None else Span(path, 0, 0, 1, 1)
        reader.report(codes.WRONG_SHAPE, "a file of tests has a list `tests`", span, EXAMPLE)
    diagnostics.sort(key=lambda d: (d.span.start, d.code, d.message))
    return cases, diagnostics


class _FileReader:
    def __init__(self, reader: Reader, plan: Plan) -> None:
        self.reader = reader
        self.plan = plan
        self.zone = ZoneInfo(plan.catalog.timezone)
        self.has_as_of = False

    def cases(self, tree: Mapping) -> Iterator[Case]:
        self.reader.keys(tree, ("as_of", "tests"), "a file of tests")
        self.has_as_of = "as_of" in tree.values
        as_of = self._as_of(tree)
        if "tests" not in tree.values:
            self.reader.report(
                codes.WRONG_SHAPE, "a file of tests has a list `tests`", tree.span, EXAMPLE
            )
            return
        names: dict[str, Span] = {}
        for node in self.reader.sequence(tree.values["tests"], "`tests`", tree.keys["tests"]):
            case = self._case(node, as_of, tree.keys["tests"])
            if case is None:
                continue
            if case.name in names:
                self.reader.report(
                    codes.WRONG_SHAPE, f"two tests are called `{case.name}`", case.span
                )
            names[case.name] = case.span
            yield case

    def _as_of(self, node: Mapping) -> int | None:
        value = node.values.get("as_of")
        if value is None:
            return None
        moment = read_instant(value.text, self.zone) if isinstance(value, Scalar) else None
        if moment is None:
            self.reader.report(
                codes.BAD_VALUE,
                "`as_of` is no instant",
                head(value, node.keys["as_of"]),
                f"write {EXPECTED}",
            )
        return moment

    def _case(self, node: Tree, as_of: int | None, key: Span) -> Case | None:
        tree = self.reader.mapping(node, "a test", key)
        if tree is None:
            return None
        self.reader.keys(tree, _CASE_KEYS, "a test", _ELSEWHERE)
        name = tree.values.get("name")
        span = name.span if isinstance(name, Scalar) else tree.span
        if not isinstance(name, Scalar) or not name.text:
            self.reader.report(codes.WRONG_SHAPE, "a test needs a `name`", span)
            return None
        own = self._as_of(tree)
        moment = as_of if own is None else own
        if moment is None:
            if not self.has_as_of and "as_of" not in tree.values:
                self.reader.report(
                    codes.WRONG_SHAPE,
                    f"as of when is `{name.text}` tested?",
                    span,
                    "write `as_of: 2024-05-01T12:00:00Z` at the top of the file, or in the test",
                )
            return None
        clock = Clock(moment, self.zone)
        given = self._given(tree, clock)
        others = tuple(self._population(tree, clock))
        same_scores(self.reader, given, others, span)
        expected = self._expected(tree, clock, span)
        return Case(name.text, span, moment, given, expected, others, self._unconfirmed(tree))

    def _population(self, tree: Mapping, clock: Clock) -> Iterator[Given]:
        """The other entities, `times` of each."""
        if "population" not in tree.values:
            return
        span = tree.keys["population"]
        for node in self.reader.sequence(tree.values["population"], "`population`", span):
            other = self.reader.mapping(node, "one of `population`", span)
            if other is None:
                continue
            keys = ("times", "attributes", "events", "scores")
            self.reader.keys(other, keys, "one of `population`")
            times = other.values.get("times")
            count = times.data() if isinstance(times, Scalar) else None
            if times is None:
                count = 1
            if not isinstance(count, int) or not 0 < count <= _MOST_ALIKE:
                self.reader.report(
                    codes.WRONG_SHAPE,
                    f"`times` is a whole number from 1 to {_MOST_ALIKE:,}",
                    other.keys["times"],
                )
                continue
            yield from [self._entity(other, clock)] * count

    def _unconfirmed(self, tree: Mapping) -> bool:
        node = tree.values.get("unconfirmed")
        value = node.data() if isinstance(node, Scalar) else node
        if value is not None and not isinstance(value, bool):
            self.reader.report(
                codes.BAD_VALUE,
                "`unconfirmed` is true or false",
                tree.keys["unconfirmed"],
                "delete it once a person agrees with what is expected",
            )
        return value is True

    def _given(self, tree: Mapping, clock: Clock) -> Given:
        if "given" not in tree.values:
            return Given()
        span = tree.keys["given"]
        node = self.reader.mapping(tree.values["given"], "`given`", span)
        if node is None:
            return Given()
        self.reader.keys(node, ("attributes", "events", "scores", "stages"), "`given`")
        return self._entity(node, clock)

    def _entity(self, node: Mapping, clock: Clock) -> Given:
        parts = {
            name: part
            for name in ("attributes", "events", "scores", "stages")
            if name in node.values
            and (part := self.reader.mapping(node.values[name], f"`{name}`", node.keys[name]))
        }
        attributes = self._attributes(parts["attributes"], clock) if "attributes" in parts else {}
        if "scores" in parts:
            attributes |= read_scores(self.reader, parts["scores"], self.plan, clock)
        rows = {}
        if "events" in parts:
            rows = read_events(self.reader, parts["events"], self.plan.catalog, clock)
        stages = read_stages(self.reader, parts["stages"], self.plan) if "stages" in parts else {}
        present = {name: found.stage for name, found in stages.items() if found.stage is not None}
        return Given(attributes, rows, present)

    def _attributes(self, node: Mapping, clock: Clock) -> dict[str, Value | None]:
        entity = self.plan.catalog.entity
        found: dict[str, Value | None] = {}
        for name, value in node.values.items():
            span = node.keys[name]
            if name == entity.key.name and isinstance(value, Scalar):
                data = value.data()
                found[name] = data if isinstance(data, int) else value.text
            elif self.reader.known(
                name, span, entity.attributes, "attribute", f"the {entity.name}"
            ):
                field = entity.attributes[name]
                found[name] = field_value(self.reader, field, value, span, clock)
        return found

    def _expected(self, tree: Mapping, clock: Clock, name: Span) -> Expected:
        node = None
        if "expect" in tree.values:
            node = self.reader.mapping(tree.values["expect"], "`expect`", tree.keys["expect"])
        if node is None or not node.values:
            misspelt = any(key not in _CASE_KEYS for key in tree.keys)
            if node is not None or ("expect" not in tree.values and not misspelt):
                self.reader.report(
                    codes.NOTHING_EXPECTED,
                    "this test expects nothing",
                    tree.keys.get("expect", name),
                    "for example `expect: {in: [a_segment]}`",
                )
            return Expected()
        self.reader.keys(node, ("in", "not_in", "exactly", "metrics", "stages"), "`expect`")
        members = self._segments(node, "in")
        others = self._segments(node, "not_in")
        for segment in members.keys() & others.keys():
            self.reader.report(
                codes.WRONG_SHAPE, f"`{segment}` is in both `in` and `not_in`", others[segment]
            )
        exactly = self._segments(node, "exactly") if "exactly" in node.values else None
        return Expected(members, others, exactly, self._values(node, clock), self._stages(node))

    def _stages(self, node: Mapping) -> dict[str, ExpectedStage]:
        if "stages" not in node.values:
            return {}
        tree = self.reader.mapping(node.values["stages"], "`stages`", node.keys["stages"])
        return {} if tree is None else read_stages(self.reader, tree, self.plan)

    def _segments(self, node: Mapping, key: str) -> dict[str, Span]:
        if key not in node.values:
            return {}
        found = self.reader.names(node.values[key], f"`{key}`", node.keys[key])
        return {
            name: span
            for name, span in found.items()
            if self.reader.known(name, span, self.plan.segments, "segment")
        }

    def _values(self, node: Mapping, clock: Clock) -> dict[str, ExpectedValue]:
        if "metrics" not in node.values:
            return {}
        tree = self.reader.mapping(node.values["metrics"], "`metrics`", node.keys["metrics"])
        found: dict[str, ExpectedValue] = {}
        for name, value in tree.values.items() if tree is not None else ():
            assert tree is not None
            span = tree.keys[name]
            types = self._types()
            if name in self.plan.segments and name not in types:
                self.reader.report(
                    codes.UNKNOWN_NAME,
                    f"`{name}` is a segment, not a metric",
                    span,
                    f"write `expect: {{in: [{name}]}}`, or `not_in`",
                )
            elif self.reader.known(name, span, types, "metric or condition"):
                expected = expected_value(self.reader, types[name], value, span, clock)
                if expected is not None:
                    found[name] = expected
        return found

    def _types(self) -> dict[str, Type]:
        groups = (self.plan.conditions, self.plan.metrics)
        return {name: d.expr.type for group in groups for name, d in group.items()}
