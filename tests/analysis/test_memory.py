"""Analysing again with a memory finds what analysing afresh finds, and does less."""

import random
import re
from collections import Counter
from pathlib import Path

import pytest

from segue.compiler.analysis.analysis import Analysis, AnalysisResult, analyse
from segue.compiler.analysis.memory import Memory
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.nodes import Expr
from segue.grammar.parser import parse

ROOT = Path(__file__).parents[2]


def shop() -> Catalog:
    text = (ROOT / "rulesets" / "behavioral" / "catalog.yml").read_text("utf-8")
    catalog = load_catalog(text, "catalog.yml").catalog
    assert catalog is not None
    return catalog


CATALOG = shop()


class Files:
    """Rule files whose trees are kept as long as their text is the same."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts
        self.memory = Memory()
        self._trees: dict[tuple[str, str], Source] = {}

    def sources(self) -> list[Source]:
        for name, text in self.texts.items():
            module = tuple(name.split("__")[:-1])
            self._trees.setdefault((name, text), Source(module, parse(text, name).module))
        return [self._trees[item] for item in self.texts.items()]

    def again(self) -> AnalysisResult:
        return analyse(self.sources(), CATALOG, self.memory)

    def afresh(self) -> AnalysisResult:
        return analyse(self.sources(), CATALOG)


def said(result: AnalysisResult) -> object:
    """Everything an analysis says, whatever the numbers of its nodes."""
    known = result.known
    definitions = {**known.metrics, **known.conditions, **known.segments}
    shown: dict[int, str] = {}
    return (
        result.diagnostics,
        result.plan is None,
        {name: show(found.expr, shown) for name, found in definitions.items()},
        Counter(result.recording.names),
        Counter((node.span, str(expr.type)) for node, expr in result.recording.typed),
        Counter((text.span, field.span) for text, field in result.recording.values),
        {show(expr, shown): known.written[expr.id].span for expr in needed(result)},
    )


def needed(result: AnalysisResult) -> list[Expr]:
    found = (*result.known.segments.values(), *result.known.conditions.values())
    return [definition.expr for definition in found if definition.expr.id in result.known.written]


def show(expr: Expr, shown: dict[int, str]) -> str:
    """An expression without the numbers of its nodes."""
    if expr.id not in shown:
        inside = ", ".join(show(argument, shown) for argument in expr.args)
        param = re.sub(r"#\d+(?: |(?=[,)\]]))", "", repr(expr.param))
        shown[expr.id] = f"{expr.op}({inside}; {param}): {expr.type}"
    return shown[expr.id]


EDITS = (
    (r"\b\d+d\b", "11d"),
    (r"\b\d+d\b", "0d"),
    (r">=", "<"),
    (r">=", "+"),
    (r"\band\b", "or"),
    (r"^metric \w+", "metric renamed"),
    (r"\b[a-z_]+_30d\b", "unknown"),
    (r"^segment .*", ""),
    (r"= count\(", "= renamed + count("),
    (r"\Z", "\ncondition more = exists(purchase)\n"),
    (r"^", "# one line more\n"),
)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ruleset", ["behavioral", "lifecycle"])
def test_after_any_edits_both_say_the_same(ruleset: str, seed: int) -> None:
    rng = random.Random(seed)
    folder = ROOT / "rulesets" / ruleset
    files = Files(**{f.stem: f.read_text("utf-8") for f in sorted(folder.glob("*.seg"))})
    originals = dict(files.texts)
    for _ in range(12):
        name = rng.choice(list(files.texts))
        if rng.random() < 0.3:
            files.texts[name] = originals[name]
        else:
            pattern, new = rng.choice(EDITS)
            places = list(re.finditer(pattern, files.texts[name], re.MULTILINE))
            if places:
                place = rng.choice(places)
                text = files.texts[name]
                files.texts[name] = text[: place.start()] + new + text[place.end() :]

        assert said(files.again()) == said(files.afresh())


@pytest.fixture
def analysed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The definitions that are really analysed, in order."""
    names: list[str] = []
    original = Analysis._analyse

    def spy(self: Analysis, symbol: object) -> Expr | None:
        names.append(symbol.name)  # type: ignore[attr-defined]
        return original(self, symbol)  # type: ignore[arg-type]

    monkeypatch.setattr(Analysis, "_analyse", spy)
    return names


def three() -> Files:
    return Files(
        a="metric opens = count(email_open)",
        b="condition many = opens > 3",
        c='segment readers { when many and country == "FR" }',
    )


def test_what_did_not_change_is_not_analysed_again(analysed: list[str]) -> None:
    files = three()
    files.again()
    analysed.clear()

    files.texts["c"] = files.texts["c"].replace("FR", "DE")
    files.again()

    assert analysed == ["readers"]


def test_a_change_reaches_what_needs_it(analysed: list[str]) -> None:
    files = three()
    files.again()
    analysed.clear()

    files.texts["a"] = "metric opens = count(email_open over last 7d)"
    files.again()

    assert analysed == ["opens", "many", "readers"]


def test_a_change_of_layout_stops_where_the_value_is_the_same(analysed: list[str]) -> None:
    files = three()
    files.again()
    analysed.clear()

    files.texts["a"] = "# Opens.\nmetric opens = count(email_open)"
    files.again()

    assert analysed == ["opens", "many"]


def test_a_nearer_name_is_noticed(analysed: list[str]) -> None:
    files = Files(a="metric opens = count(email_open)", email__b="condition many = opens > 3")
    files.again()
    analysed.clear()

    files.texts["email__c"] = "metric opens = count(email_send)"
    files.again()

    assert sorted(analysed) == ["email.many", "email.opens"]


def test_a_circle_that_a_change_closes_is_told_as_ever() -> None:
    files = three()
    files.again()

    files.texts["a"] = "metric opens = if many then 1 else 2"

    assert said(files.again()) == said(files.afresh())
    assert [d.code for d in files.again().diagnostics] == ["SEG012"]


def test_another_catalog_forgets_everything(analysed: list[str]) -> None:
    files = three()
    files.again()
    analysed.clear()

    analyse(files.sources(), shop(), files.memory)

    assert analysed == ["opens", "many", "readers"]


def test_the_graph_does_not_grow_for_ever() -> None:
    files = three()
    for number in range(200):
        files.texts["a"] = f"metric opens = count(email_open over last {number + 1}d)"
        files.again()

    assert len(files.memory.graph) < 200
