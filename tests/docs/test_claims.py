"""The assertions of the guide hold."""

from docs.test_guide import GUIDE, blocks, compiled

from segue.compiler.solver.survey import Survey
from segue.compiler.solver.verdict import Proved
from segue.runtime.solver.session import Session


def test_the_assertions_of_the_guide_are_proved() -> None:
    plan = compiled("\n".join(blocks(GUIDE, "seg"))).plan
    assert plan is not None

    found = Survey(plan, Session()).assertions

    assert len(found) == 3
    assert [f.contradiction for f in found if not isinstance(f.verdict, Proved)] == []
