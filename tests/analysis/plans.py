"""Rules over the catalog of the demo shop, compiled."""

from pathlib import Path

from segue.compiler.analysis.analysis import AnalysisResult, analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.plan import Plan
from segue.grammar.parser import parse

SHOP = Path(__file__).parents[2] / "rulesets" / "behavioral" / "catalog.yml"


def result(**files: str) -> AnalysisResult:
    """The analysis of files by the path of their module, `root` for the outermost."""
    catalog = load_catalog(SHOP.read_text(encoding="utf-8")).catalog
    assert catalog is not None
    sources = []
    for path, text in files.items():
        module = () if path == "root" else tuple(path.split("__"))
        parsed = parse(text, f"{path}.seg")
        assert parsed.diagnostics == ()
        sources.append(Source(module, parsed.module))
    return analyse(sources, catalog)


def plan(**files: str) -> Plan:
    found = result(**files)
    assert found.plan is not None, [d.message for d in found.diagnostics]
    return found.plan
