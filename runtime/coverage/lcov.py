"""Coverage as an LCOV tracefile, for `genhtml`, editors and code review tools.

A line is a line of a rule file on which an atom begins, its count the tests that looked at it.
An atom is a block of branches on its line, in this order: true, false, missing (where it can
be), decides. See geninfo(1), "tracefile format".
"""

from collections.abc import Iterator

from segue.compiler.coverage.measure import AtomCoverage
from segue.runtime.coverage.observe import Coverage


def as_lcov(coverage: Coverage) -> str:
    """The tracefile; paths are as seen from the working folder."""
    files: dict[str, list[tuple[int, AtomCoverage]]] = {}
    for covered in coverage.decisions:
        for atom in covered.atoms:
            files.setdefault(atom.atom.span.path, []).append((covered.tests, atom))
    lines = (
        line for path, atoms in files.items() for line in _file(coverage.shown_path(path), atoms)
    )
    return "".join(f"{line}\n" for line in lines)


def _file(path: str, atoms: list[tuple[int, AtomCoverage]]) -> Iterator[str]:
    yield "TN:segue"
    yield f"SF:{path}"
    blocks: dict[int, int] = {}
    executed: dict[int, int] = {}
    taken = []
    for tests, covered in atoms:
        line = covered.atom.span.line
        block = blocks[line] = blocks.get(line, -1) + 1
        executed[line] = max(executed.get(line, 0), tests)
        for branch, outcome in enumerate(covered.outcomes):
            hits = len(covered.tests.get(outcome, ())) if covered.covers(outcome) else 0
            taken.append(hits)
            yield f"BRDA:{line},{block},{branch},{hits if tests else '-'}"
    yield f"BRF:{len(taken)}"
    yield f"BRH:{sum(hits > 0 for hits in taken)}"
    for line, tests in sorted(executed.items()):
        yield f"DA:{line},{tests}"
    yield f"LF:{len(executed)}"
    yield f"LH:{sum(tests > 0 for tests in executed.values())}"
    yield "end_of_record"
