"""Compares two rulesets: definition by definition, with the solver as the judge."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from segue.compiler.diff.catalogs import catalog_changes, touching
from segue.compiler.diff.model import Change, Diff, Example, Status, Subject
from segue.compiler.diff.subjects import subjects
from segue.compiler.diff.together import bring
from segue.compiler.plan.nodes import Expr, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.python.events import compile_evaluator
from segue.compiler.python.population import evaluate_alone
from segue.compiler.python.profile import profile_of_rows
from segue.compiler.solver.claims import Claim, differs, implies, nobody
from segue.compiler.solver.solver import Solver
from segue.compiler.solver.verdict import Proved, Refuted, Unknown, Verdict
from segue.compiler.solver.witness import Witness, rows_of
from segue.compiler.solver.words import show
from segue.compiler.types import Kind

ENTERS, LEAVES, DIFFERS = "enters", "leaves", "differs"


@dataclass(frozen=True, slots=True)
class Pair:
    """One definition in both rulesets, in one graph."""

    base: Subject
    head: Subject

    @property
    def is_condition(self) -> bool:
        """Whether it says of each customer that they are in or out."""
        return all(
            s.expr.type.kind is Kind.BOOL and not s.expr.type.nullable
            for s in (self.base, self.head)
        )

    @property
    def same_type(self) -> bool:
        """Whether the two values can be compared."""
        a, b = self.base.expr.type, self.head.expr.type
        return (a.kind, a.scale) == (b.kind, b.scale)


def compare(base: Plan, head: Plan, solver: Solver) -> Diff:
    """What became of every definition of `base` and `head`.

    Customers are shown, and facts taken, by the catalog of `head`. The graph of `head` takes the
    expressions of `base` in.
    """
    before = {s.key: s for s in _brought(base, head)}
    after = {s.key: s for s in subjects(head)}
    renamed = _renamed(before, after)
    pairs = [Pair(before[key], after[key]) for key in after if key in before]
    changed = {p.head.key: p for p in pairs if p.base.expr is not p.head.expr}
    reasons = {p.head.key: _touched(p, base, head) for p in pairs}
    asked = {key: pair for key, pair in changed.items() if not reasons[key]}
    verdicts = _judge(asked, head, solver)
    changes = []
    for key, subject in after.items():
        if key in renamed.values():
            old = next(k for k, new in renamed.items() if new == key)
            changes.append(_change(before[old], subject, Status.RENAMED, old_name=old[1]))
        elif key not in before:
            changes.append(_change(None, subject, Status.ADDED))
        elif reasons[key]:
            changes.append(_change(before[key], subject, Status.UNKNOWN, why=reasons[key]))
        elif key in changed:
            changes.append(_judged(changed[key], verdicts, head))
        else:
            changes.append(_change(before[key], subject, Status.UNCHANGED))
    for key, subject in before.items():
        if key not in after and key not in renamed:
            changes.append(_change(subject, None, Status.REMOVED))
    traced = _traced(changes, before, after)
    words = (f"`{n}` {what}" for n, what in catalog_changes(base.catalog, head.catalog).items())
    return Diff(tuple(traced), tuple(words), head)


def _brought(base: Plan, head: Plan) -> list[Subject]:
    found = list(subjects(base))
    moved = bring((s.expr for s in found), head.graph)
    return [replace(s, expr=moved[s.expr.id]) for s in found]


def _renamed(
    before: Mapping[tuple[str, str], Subject], after: Mapping[tuple[str, str], Subject]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Old keys to new ones: what is gone and what is new, of one kind and one meaning."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    new = [s for key, s in after.items() if key not in before]
    for key, subject in before.items():
        if key in after:
            continue
        for other in new:
            same = other.kind == subject.kind and other.expr is subject.expr
            if same and other.key not in found.values():
                found[key] = other.key
                break
    return found


def _touched(pair: Pair, base: Plan, head: Plan) -> str:
    if base.catalog == head.catalog:
        return ""
    for subject in (pair.base, pair.head):
        why = touching(subject.expr, base.catalog, head.catalog)
        if why:
            return why
    return ""


# ---------------------------------------------------------------------- the solver


def _judge(
    pairs: Mapping[tuple[str, str], Pair], head: Plan, solver: Solver
) -> Mapping[str, Verdict]:
    claims: dict[str, Claim] = {}
    for key, pair in pairs.items():
        old, new = pair.base.expr, pair.head.expr
        if pair.is_condition:
            claims[_claim(key, ENTERS)] = implies(head.graph, new, old)
            claims[_claim(key, LEAVES)] = implies(head.graph, old, new)
        elif pair.same_type:
            claims[_claim(key, DIFFERS)] = nobody(differs(head.graph, new, old))
    return solver.ask(head, claims) if claims else {}


def _claim(key: tuple[str, str], question: str) -> str:
    return " ".join((*key, question))


def _judged(pair: Pair, verdicts: Mapping[str, Verdict], head: Plan) -> Change:
    key = pair.head.key
    if not pair.is_condition:
        return _judged_value(pair, verdicts.get(_claim(key, DIFFERS)), head)
    enters, leaves = (verdicts[_claim(key, question)] for question in (ENTERS, LEAVES))
    status = {
        (Proved, Proved): Status.EQUIVALENT,
        (Proved, Refuted): Status.NARROWER,
        (Refuted, Proved): Status.WIDER,
        (Refuted, Refuted): Status.BOTH,
    }.get((type(enters), type(leaves)), Status.UNKNOWN)
    why = "; ".join(
        f"whether anybody {word}: {verdict.why}"
        for word, verdict in ((ENTERS, enters), (LEAVES, leaves))
        if isinstance(verdict, Unknown)
    )
    return replace(
        _change(pair.base, pair.head, status, why=why),
        enters=Example(enters.witness) if isinstance(enters, Refuted) else None,
        leaves=Example(leaves.witness) if isinstance(leaves, Refuted) else None,
    )


def _judged_value(pair: Pair, verdict: Verdict | None, head: Plan) -> Change:
    match verdict:
        case None:
            why = f"it was {pair.base.expr.type}, it is {pair.head.expr.type}"
            return _change(pair.base, pair.head, Status.CHANGED, why=why)
        case Proved():
            return _change(pair.base, pair.head, Status.EQUIVALENT)
        case Unknown(why):
            return _change(pair.base, pair.head, Status.UNKNOWN, why=why)
        case Refuted(witness):
            before, after = _values(witness, (pair.base.expr, pair.head.expr), head)
            change = _change(pair.base, pair.head, Status.CHANGED)
            return replace(change, enters=Example(witness, before, after))


def _values(witness: Witness, exprs: tuple[Expr, Expr], plan: Plan) -> tuple[str, str]:
    profile = profile_of_rows(witness.attributes, rows_of(witness, plan.catalog), plan.catalog)
    evaluator = compile_evaluator(replace(plan, metrics={}, conditions={}, segments={}))
    evaluation = evaluate_alone(evaluator, profile, witness.as_of, exprs)
    first, second = (show(evaluation.value(expr), expr.type, witness.as_of) for expr in exprs)
    return first, second


# --------------------------------------------------------------------- the changes


def _change(base: Subject | None, head: Subject | None, status: Status, **parts: Any) -> Change:
    subject = head or base
    assert subject is not None
    settings = {}
    if base is not None and head is not None:
        names = dict.fromkeys((*base.settings, *head.settings))
        both = {n: (base.settings.get(n, ""), head.settings.get(n, "")) for n in names}
        settings = {n: pair for n, pair in both.items() if pair[0] != pair[1]}
    return Change(
        subject.kind,
        subject.name,
        status,
        settings=settings,
        base=None if base is None else base.expr,
        head=None if head is None else head.expr,
        **parts,
    )


def _traced(
    changes: list[Change],
    before: Mapping[tuple[str, str], Subject],
    after: Mapping[tuple[str, str], Subject],
) -> list[Change]:
    """The changes, each with the ones it got its change from."""

    def is_own(change: Change) -> bool:
        key = (change.kind, change.name)
        return key not in before or key not in after or before[key].said != after[key].said

    own = [c for c in changes if c.status is not Status.UNCHANGED and is_own(c)]
    return [change if is_own(change) else _inherited(change, own) for change in changes]


def _inherited(change: Change, own: list[Change]) -> Change:
    if change.status is Status.UNCHANGED or change.base is None or change.head is None:
        return change
    inside = {node.id for node in reachable([change.base, change.head])}
    because = tuple(
        other.name
        for other in own
        if any(
            e is not None and e.op != "literal" and e.id in inside for e in (other.base, other.head)
        )
    )
    return replace(change, because=because, inherited=True)
