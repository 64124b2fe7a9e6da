"""Coverage as JSON."""

import json
from typing import Any

from segue.compiler.coverage.measure import AtomCoverage, DecisionCoverage, Share, share
from segue.runtime.coverage.observe import Coverage


def as_json(coverage: Coverage) -> str:
    """Every rule and atom, and the tests that show each of its outcomes."""
    data = {
        "covered": _share(coverage.share),
        "rules": [_decision(coverage, covered) for covered in coverage.decisions],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _decision(coverage: Coverage, covered: DecisionCoverage) -> dict[str, Any]:
    decision = covered.decision
    return {
        "name": decision.name,
        "kind": decision.kind,
        "path": coverage.shown_path(decision.span.path),
        "line": decision.span.line,
        "tests": covered.tests,
        "covered": _share(share([covered])),
        "conditions": [_atom(coverage, atom) for atom in covered.atoms],
    }


def _atom(coverage: Coverage, covered: AtomCoverage) -> dict[str, Any]:
    span = covered.atom.span
    return {
        "text": covered.atom.text,
        "line": span.line,
        "column": span.column,
        "outcomes": {
            str(outcome): {
                "covered": covered.covers(outcome),
                "tests": [coverage.tests[n] for n in covered.tests.get(outcome, ())],
            }
            for outcome in covered.outcomes
        },
        "pair": covered.pair and [coverage.tests[n] for n in covered.pair],
    }


def _share(found: Share) -> dict[str, Any]:
    return {
        "outcomes": found.total,
        "covered": found.covered,
        "percent": round(found.percent, 1),
    }
