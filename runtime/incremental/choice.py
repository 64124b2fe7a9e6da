"""Which rules are computed for everybody, and which only where something can have changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from segue.compiler.catalog.model import Catalog, TableEvent
from segue.compiler.incremental.meanings import events_of, meanings
from segue.compiler.incremental.sources import Source, says_lateness, sources
from segue.compiler.incremental.sweep import Sweep, sweep, why_all
from segue.compiler.plan.demand import narrow
from segue.compiler.plan.identity import identity
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.runtime.incremental.kept import Kept


@dataclass(frozen=True, slots=True)
class Rule:
    """A segment, or all lifecycles: what it is called, its conditions, and what they mean.

    `place` is its name in the store, which a new name does not change. Lifecycles are one rule,
    because a run moves everybody in all of them at once.
    """

    name: str
    place: str
    roots: tuple[Expr, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What a run does about each rule.

    `everybody` has a reason for each rule computed for everybody; the others are `swept`.
    `sources` are those that swept rules read; `all_sources` those of all rules that a later run
    could sweep, and `traits` (by column) theirs.
    """

    rules: tuple[Rule, ...]
    everybody: Mapping[str, str]
    swept: Sweep = field(default_factory=lambda: Sweep({}, {}, ()))
    sources: tuple[Source, ...] = ()
    all_sources: tuple[Source, ...] = ()
    traits: Mapping[str, Expr] = field(default_factory=dict)
    narrowed: Mapping[int, Expr] = field(default_factory=dict)
    """The conditions of rules that a later run could sweep, with narrower windows, by the `id`
    of what they were. These are what is computed, so that what is kept belongs to them."""

    unsaid: tuple[str, ...] = ()
    """The events that rules read of which the catalog does not say how late they come."""

    @property
    def possible(self) -> bool:
        """Whether there is a rule that a later run could sweep."""
        return bool(self.narrowed)

    def swept_roots(self) -> list[Expr]:
        """The conditions of the rules that are swept."""
        now = (rule for rule in self.rules if rule.name not in self.everybody)
        return [self.narrowed[root.id] for rule in now for root in rule.roots]

    @property
    def meanings(self) -> Mapping[str, str]:
        """What each rule means, by its place."""
        return {rule.place: rule.meaning for rule in self.rules}

    def sweeps(self, place: str) -> bool:
        """Whether the rule of a place is computed only where something can have changed."""
        return any(rule.place == place and rule.name not in self.everybody for rule in self.rules)


def segment_place(slot: int) -> str:
    """What a segment is called in the store."""
    return f"segment {slot}"


def segment_rules(plan: Plan, slots: Mapping[str, int]) -> list[Rule]:
    """The rules of segments, by name; each keeps its slot when it is renamed."""
    roots = [plan.segments[name].expr for name in slots]
    found = zip(slots.items(), roots, meanings(plan.catalog, roots), strict=True)
    return [Rule(name, segment_place(n), (root,), means) for (name, n), root, means in found]


def lifecycles_rule(plan: Plan) -> Rule:
    """The rule of all lifecycles together."""
    said: list[object] = []
    roots: dict[int, Expr] = {}
    for lifecycle in plan.lifecycles.values():
        said.append((lifecycle.name, lifecycle.initial))
        roots |= {condition.id: condition for condition in lifecycle.conditions}
        for stage in lifecycle.stages.values():
            conditions = [
                None if c is None else meanings(plan.catalog, [c])[0]
                for c in (stage.enter, stage.exit)
            ]
            said.append((stage.name, stage.next, conditions))
    hashed = sha256(repr(said).encode()).hexdigest()
    names = ", ".join(plan.lifecycles)
    return Rule(f"lifecycle {names}", "lifecycles", tuple(roots.values()), hashed)


def choose(plan: Plan, rules: Sequence[Rule], kept: Kept | None, binding: Binding) -> Choice:
    """What to do about each rule, given what the last run left."""
    before = binding if kept is None else Binding(kept.as_of, binding.zone)
    everybody: dict[str, str] = {}
    can: list[Rule] = []
    now: list[Rule] = []
    never = _never(plan, rules, before, binding)
    strange = _strange(plan.catalog, [rule for rule in rules if never[rule.place] is None], kept)
    for rule in rules:
        reason = never[rule.place]
        if reason is None:
            can.append(rule)
            reason = _not_now(plan.catalog, rule, kept, strange)
        if reason is None:
            now.append(rule)
        else:
            everybody[rule.name] = reason
    roots = [root for rule in can for root in rule.roots]
    narrower = narrow(plan.graph, roots)
    narrowed = {root.id: new for root, new in zip(roots, narrower.roots, strict=True)}
    later = _swept(plan, narrower.roots, before, binding)
    return Choice(
        rules=tuple(rules),
        everybody=everybody,
        swept=_swept(plan, [narrowed[r.id] for rule in now for r in rule.roots], before, binding),
        sources=sources(plan.catalog, _tables(plan.catalog, now)),
        all_sources=sources(plan.catalog, _tables(plan.catalog, can)),
        traits={trait_name(trait): trait for trait in later.traits},
        narrowed=narrowed,
        unsaid=_unsaid(plan.catalog, rules),
    )


def trait_name(trait: Expr) -> str:
    """The column that keeps a trait."""
    return f"trait_{identity(trait)[:24]}"


def _never(
    plan: Plan, rules: Sequence[Rule], before: Binding, now: Binding
) -> dict[str, str | None]:
    """Why each rule is computed for everybody in every run, by its place; None where it is not."""
    needs = why_all(plan.catalog, [root for rule in rules for root in rule.roots], before, now)
    found = {}
    for rule in rules:
        reasons = [needs[root.id] for root in rule.roots if needs[root.id] is not None]
        unsaid = _unsaid(plan.catalog, [rule])
        late = no_lateness(unsaid) if unsaid else None
        found[rule.place] = reasons[0] if reasons else late
    return found


def no_lateness(events: Sequence[str]) -> str:
    """That the catalog says nothing of how late some events come."""
    return f"the catalog does not say the `lateness` of {', '.join(f'`{e}`' for e in events)}"


def _unsaid(catalog: Catalog, rules: Iterable[Rule]) -> tuple[str, ...]:
    members = [catalog.members(event)[0] for event in _tables(catalog, rules)]
    return tuple(member.name for member in members if not says_lateness(member))


def _strange(catalog: Catalog, rules: Sequence[Rule], kept: Kept | None) -> frozenset[str]:
    """The events of rules of whose sources nothing was kept."""
    marks = {} if kept is None else kept.marks
    read = sources(catalog, _tables(catalog, rules))
    unmarked = [source for source in read if source.name not in marks]
    return frozenset(event.name for source in unmarked for event in source.members)


def _not_now(
    catalog: Catalog, rule: Rule, kept: Kept | None, strange: frozenset[str]
) -> str | None:
    """Why a rule is computed for everybody in this run."""
    if kept is None:
        return "nothing was kept"
    known = kept.rules.get(rule.place)
    if known is None:
        return "it is new, or was computed on its own"
    if known != rule.meaning:
        return "it was changed, or the catalog was"
    if not strange.isdisjoint(_tables(catalog, [rule])):
        return "the catalog says something else of how late its events come"
    return None


def _swept(plan: Plan, roots: Sequence[Expr], before: Binding, now: Binding) -> Sweep:
    found = sweep(plan.catalog, roots, before, now)
    assert isinstance(found, Sweep)
    return found


def _tables(catalog: Catalog, rules: Iterable[Rule]) -> list[str]:
    """The table events that rules read, those of unions too."""
    roots = [root for rule in rules for root in rule.roots]
    members: dict[str, TableEvent] = {}
    for event in sorted(events_of(roots)):
        members |= {member.name: member for member in catalog.members(event)}
    return list(members)
