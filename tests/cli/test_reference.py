"""The reference manual: up to date, and every example in it is one.

`SEGUE_UPDATE=1 pytest tests/cli/test_reference.py` writes the manual anew; read the diff.
"""

import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from segue.compiler.analysis import codes as analysis_codes
from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import Catalog
from segue.compiler.operators.aggregates import AGGREGATES
from segue.compiler.operators.population import POPULATION
from segue.compiler.operators.registry import OPERATORS
from segue.grammar.codes import Code
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.parser import parse
from segue.runtime.cli.reference import GROUPS, manual

HERE = Path(__file__).parent / "reference"
ROOT = Path(__file__).parents[2]
MANUAL = ROOT / "docs" / "reference.md"

# Where an expression may stand: as it is, or over the rows of an event.
PLACES = (
    "metric example = {}",
    "metric example = count(purchase where {})",
    "metric example = sum({})",
)


def examples() -> Iterator[tuple[str, str]]:
    for operator in OPERATORS.values():
        if operator.example:
            yield operator.name, operator.example
    for aggregate in AGGREGATES.values():
        yield aggregate.name, aggregate.example
    for compared in POPULATION.values():
        yield compared.name, compared.example


def catalog() -> Catalog:
    found = load_catalog((HERE / "catalog.yml").read_text("utf-8")).catalog
    assert found is not None
    return found


def findings(text: str) -> tuple[Diagnostic, ...]:
    """What `segue check` says of a text beside the metrics the examples take for granted."""
    metrics = parse((HERE / "metrics.seg").read_text("utf-8"), "metrics.seg")
    result = parse(text, "example.seg")
    if result.diagnostics:
        return result.diagnostics
    sources = [Source((), metrics.module), Source((), result.module)]
    return analyse(sources, catalog()).diagnostics


def test_what_the_examples_take_for_granted_is_right() -> None:
    assert findings("") == ()


@pytest.mark.parametrize(("name", "example"), list(examples()), ids=lambda text: text)
def test_an_example_of_the_reference_compiles(name: str, example: str) -> None:
    tried = [findings(place.format(example)) for place in PLACES]
    assert () in tried, tried[0]


@pytest.mark.parametrize("code", analysis_codes.CODES, ids=lambda code: code.id)
def test_the_example_of_a_code_shows_it(code: Code) -> None:
    if "…" in code.example:
        pytest.skip("abridged")
    assert code.id in [d.code for d in findings(code.example)]


def test_every_code_is_there_once() -> None:
    documented = [code.id for _, codes, _ in GROUPS for code in codes]
    declared = [
        value.id
        for layer in ("grammar", "compiler", "runtime")
        for file in sorted((ROOT / layer).rglob("codes.py"))
        for value in vars(_module(file)).values()
        if isinstance(value, Code)
    ]
    assert len(declared) == len(set(declared))
    assert sorted(documented) == sorted(declared)


def _module(file: Path) -> ModuleType:
    return import_module(".".join(("segue", *file.relative_to(ROOT).with_suffix("").parts)))


def test_the_manual_is_up_to_date() -> None:
    text = manual()
    if os.environ.get("SEGUE_UPDATE"):
        MANUAL.write_text(text, "utf-8")
    assert text == MANUAL.read_text("utf-8"), "run `segue reference > docs/reference.md`"
