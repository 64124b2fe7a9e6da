"""Adversarial cases with known answers, and every disagreement ever found, on every engine.

A file of `regressions/` has a catalog and cases over it: rows, rules, an instant, and what is
expected of each output by entity.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from parity.case import Case
from parity.compare import same
from parity.engines.base import PARTIAL, Engine, outputs
from parity.engines.every import every_engine
from parity.written import expected, load_case

FOLDER = Path(__file__).parent / "regressions"


def documents() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.yml")):
        file = yaml.safe_load(path.read_text("utf-8"))
        for document in file["cases"]:
            catalog = dict(file["catalog"])
            if "timezone" in document:
                catalog["timezone"] = document["timezone"]
            whole = {"catalog": catalog, **document}
            yield pytest.param(whole, id=f"{path.stem}: {document['name']}")


@cache
def engines() -> list[Engine]:
    return every_engine()


@pytest.mark.parametrize("document", list(documents()))
def test_regression(document: dict[str, Any]) -> None:
    case = load_case(document)
    for engine in engines():
        holds(case, document["expect"], engine, partial=engine.name in PARTIAL)


def holds(case: Case, expect: dict[str, Any], engine: Engine, *, partial: bool) -> None:
    """Fails unless an engine answers as expected, as far as it answers at all if `partial`."""
    types = outputs(case.plan)
    found = engine.evaluate(case)
    for output, by_key in expect.items():
        if output not in found and partial:
            continue
        for key, value in by_key.items():
            wanted = expected(value, types[output])
            got = found[output][key]
            assert same(got, wanted), f"{engine.name}: {output} of {key} is {got!r}"
