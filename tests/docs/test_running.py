"""What the page about running says of each engine is what the engine is declared with."""

import re
import tomllib
from pathlib import Path

import pytest

from segue.runtime.warehouse.engines import ENGINES, Engine

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "running.md").read_text("utf-8")
ROWS = {
    re.findall("`(.+?)`", engine)[0]: (settings, driver)
    for engine, settings, driver in re.findall(
        r"^\| (`[a-z]+`[^|]*) \| (`[^|]+`) \| ([^|]+) \|$", PAGE, re.MULTILINE
    )
}
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
    "optional-dependencies"
]


def named(settings: str) -> list[str]:
    """The settings that a cell names, some with a value; an example of an address is none."""
    return re.findall(r"`([a-z_]+)(?:: [^`]+)?`", settings)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=list(ENGINES))
def test_the_table_names_the_settings_of_an_engine_and_no_others(engine: Engine) -> None:
    settings, _ = ROWS[engine.name]
    # `timeout` is of all of them, and has a sentence of its own.
    assert set(named(settings)) == engine.settings - {"timeout"}
    needed, _, _ = settings.partition(";")
    assert set(named(needed)) == set(engine.needed)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=list(ENGINES))
def test_the_table_names_the_extra_that_brings_the_driver(engine: Engine) -> None:
    _, driver = ROWS[engine.name]
    if "pip install" in driver:
        assert f"pip install 'segue-lang[{engine.name}]'" in driver
        assert engine.name in EXTRAS


def test_the_table_has_no_other_engines() -> None:
    assert set(ROWS) == set(ENGINES)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=list(ENGINES))
def test_an_address_is_told_where_databases_are_named(engine: Engine) -> None:
    (sentence,) = re.findall(r"^`--database [^.]+\.duckdb`,.*$", PAGE, re.MULTILINE)
    for scheme in engine.schemes[:1]:
        # `chdb://`, `mariadb://` and the like are other names.
        assert f"`{scheme}://…`" in sentence
