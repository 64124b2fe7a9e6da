"""Evaluates a case on engines, counts what was compared, and tells a disagreement in full."""

from collections import Counter
from collections.abc import Sequence

from parity import census
from parity.case import Case
from parity.compare import Difference, differences
from parity.engines.base import Answers, Engine
from parity.engines.sql import everything
from parity.reduce import reduce
from parity.written import write_case
from segue.compiler.sql.dialects.registry import DIALECTS

COMPARISONS: Counter[str] = Counter()
"""How many values of how many entities each engine has given that were compared."""
WRITTEN: Counter[str] = Counter()
"""How often each operator, aggregate and window stood in rules whose answers were compared."""


class Disagreement(AssertionError):
    """Two engines that differ on a case, or one that fails."""

    def __init__(self, case: Case, engines: Sequence[Engine]) -> None:
        super().__init__(f"{' and '.join(e.name for e in engines)} disagree")
        self.case = case
        self.engines = engines


def compare(case: Case, engines: Sequence[Engine]) -> None:
    """Raises `Disagreement` unless all engines answer alike."""
    judge, *others = engines
    found = {judge.name: judge.evaluate(case)}
    for engine in others:
        answers = answer(engine, case)
        if answers is None or differences({judge.name: found[judge.name], engine.name: answers}):
            raise Disagreement(case, [judge, engine])
        COMPARISONS[engine.name] += sum(len(by_key) for by_key in answers.values())
    WRITTEN.update(census.count(case.rules.items))


def answer(engine: Engine, case: Case) -> Answers | None:
    """What an engine answers; None where it fails."""
    try:
        return engine.evaluate(case)
    except Exception:
        return None


def report(found: Disagreement) -> str:
    """A disagreement, cut down, ready to become a regression."""
    engines = found.engines
    fails_at_all = answer(engines[-1], found.case) is None

    def fails(case: Case) -> bool:
        answers = {e.name: answer(e, case) for e in engines}
        failed = answers[engines[-1].name] is None
        if failed or fails_at_all:
            return failed and fails_at_all and answers[engines[0].name] is not None
        return bool(differences({n: a for n, a in answers.items() if a is not None}))

    case = reduce(found.case, fails)
    parts = [write_case(case, "a disagreement")]
    try:
        parts += [_told(d) for d in differences({e.name: e.evaluate(case) for e in engines})[:5]]
    except Exception as error:
        parts.append(f"{engines[-1].name} fails: {error!r}")
    for engine in engines:
        dialect = engine.name.split()[0]
        if dialect in DIALECTS:
            parts.append(everything(case, dialect).sql())
    return "\n\n".join(parts)


def _told(difference: Difference) -> str:
    values = ", ".join(f"{engine}: {value!r}" for engine, value in difference.values.items())
    return f"{difference.output} of {difference.key!r}: {values}"
