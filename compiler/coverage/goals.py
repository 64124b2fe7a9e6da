"""What a customer must be like to show something of an atom, as a condition of the plan."""

from segue.compiler.coverage.decisions import Atom, Branch, Constant, Decision, Join, Tree
from segue.compiler.coverage.measure import Outcome
from segue.compiler.plan.build import Build
from segue.compiler.plan.nodes import Expr
from segue.compiler.types import BOOL


def shows(build: Build, atom: Atom, outcome: Outcome) -> Expr:
    """The atom is true, false or missing."""
    missing = [build.call("is missing", operand) for operand in atom.operands]
    if outcome is Outcome.MISSING:
        return build.logical("or", tuple(missing))
    truth = build.truth(atom.expr)
    wanted = truth if outcome is Outcome.TRUE else build.negation(truth)
    return build.logical("and", (wanted, *(build.negation(part) for part in missing)))


def decides(build: Build, decision: Decision, atom: Atom, outcome: Outcome) -> Expr:
    """The atom is that, and alone decides what the decision comes to."""
    return build.logical("and", (shows(build, atom, outcome), *unmasked(build, decision, atom)))


def unmasked(build: Build, decision: Decision, atom: Atom) -> tuple[Expr, ...]:
    """The conditions under which the atom, flipped, flips the decision."""
    found = _unmasked(build, decision.tree, atom)
    assert found is not None
    return found


def _unmasked(build: Build, tree: Tree, atom: Atom) -> tuple[Expr, ...] | None:
    """The conditions under which an atom of the tree is masked by no other; None outside it."""
    if not isinstance(tree, Branch):
        return () if tree is atom else None
    for place, part in enumerate(tree.parts):
        inner = _unmasked(build, part, atom)
        if inner is not None:
            return (*_passes(build, tree, place), *inner)
    return None


def _passes(build: Build, branch: Branch, place: int) -> tuple[Expr, ...]:
    """The conditions under which a part, flipped, flips the branch."""
    parts = [_condition(build, part) for part in branch.parts]
    others = parts[:place] + parts[place + 1 :]
    match branch.join:
        case Join.ALL:
            return tuple(others)
        case Join.ANY:
            return tuple(build.negation(other) for other in others)
        case Join.NOT:
            return ()
        case Join.CHOICE if place == 0:
            then, otherwise = others
            apart = [
                build.logical("and", (then, build.negation(otherwise))),
                build.logical("and", (build.negation(then), otherwise)),
            ]
            return (build.logical("or", tuple(apart)),)
        case _:
            return (parts[0] if place == 1 else build.negation(parts[0]),)


def _condition(build: Build, tree: Tree) -> Expr:
    match tree:
        case Atom():
            return build.truth(tree.expr)
        case Constant(truth):
            return build.literal(truth, BOOL)
        case Branch(Join.NOT, (part,)):
            return build.negation(_condition(build, part))
        case Branch(Join.CHOICE, parts):
            return build.choice(*(_condition(build, part) for part in parts))
        case Branch(join, parts):
            return build.logical(join, tuple(_condition(build, part) for part in parts))
    raise AssertionError(tree)
