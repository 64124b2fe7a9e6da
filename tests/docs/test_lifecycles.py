"""The page about lifecycles: its rules compile, its commands run, its picture is up to date."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.grammar.format import format_source
from segue.grammar.parser import parse
from segue.runtime.cli import main
from segue.runtime.demo.shop import create_shop
from segue.runtime.pictures.picture import picture_of
from segue.runtime.pictures.svg import svg
from segue.runtime.ruleset import load_ruleset

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lifecycles.md").read_text("utf-8")


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_example_compiles_and_is_formatted() -> None:
    catalog = load_catalog((ROOT / "rulesets/behavioral/catalog.yml").read_text("utf-8")).catalog
    assert catalog is not None
    text = block("seg")
    result = analyse([Source((), parse(text, "a.seg").module)], catalog)
    assert result.diagnostics == ()
    assert format_source(text, "a.seg") == text


def test_the_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    create_shop("shop.duckdb", customers=60)
    first, *commands = block("sh").splitlines()
    assert first == "python -m segue.runtime.demo shop shop.duckdb"
    for command in commands:
        words = shlex.split(command.replace("rulesets/", f"{ROOT}/rulesets/"))
        assert words[0] == "segue"
        result = CliRunner().invoke(main, words[1:])
        assert result.exit_code == 0, (command, result.output)
    assert (tmp_path / "customer.svg").read_text("utf-8").startswith("<svg")


def test_the_picture_is_that_of_the_ruleset(golden: Callable[[Path, str], None]) -> None:
    lifecycle = load_ruleset(ROOT / "rulesets" / "lifecycle").plan.lifecycles["customer"]
    golden(ROOT / "docs" / "customer.svg", svg(picture_of(lifecycle)))
