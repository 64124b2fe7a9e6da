"""The linter: runs rules over a ruleset, and reports what is neither suppressed nor unwanted."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Finding, Hit, Undecided
from segue.compiler.lint.fingerprint import fingerprints
from segue.compiler.lint.policy import Policy
from segue.compiler.lint.registry import rules
from segue.compiler.lint.rule import Needs, Rule
from segue.compiler.lint.suppressions import Suppressed, Suppression, suppressions
from segue.compiler.lint.written import name_span
from segue.grammar.diagnostics import Diagnostic, Severity

Used = set[tuple[Suppression, Suppressed]]


@dataclass(frozen=True, slots=True)
class LintResult:
    """What was found, in order of files, and how many findings comments silenced.

    `undecided` are the segments that the solver was asked about in vain.
    """

    findings: tuple[Finding, ...]
    suppressed: int = 0
    undecided: tuple[Undecided, ...] = ()


def lint(context: Context, policy: Policy | None = None, *, complete: bool = True) -> LintResult:
    """Runs the rules that a policy wants and that have what they need.

    `complete` says whether every file could be read: a name may be used in what could not.
    """
    policy = policy or Policy()
    level = _level(context, complete)
    chosen = [rule for rule in policy.rules(rules().values()) if _can_run(rule, context, level)]
    comments = suppressions(context.sources, dict(context.texts))
    context = context.changed(options=policy.options, suppressions=comments)
    first = [rule for rule in chosen if rule.needs is not Needs.FINDINGS]
    used: Used = set()
    hits = list(_run(first, context, policy, comments, used))
    undecided = tuple(_undecided(first, context))
    context = context.changed(unused=_unused(comments, first, used))
    hits += _run((r for r in chosen if r.needs is Needs.FINDINGS), context, policy, comments, used)
    kept = [(rule, hit) for rule, hit in hits if hit is not None]
    return LintResult(_findings(kept, context, policy), len(hits) - len(kept), undecided)


def _undecided(ran: Iterable[Rule], context: Context) -> Iterator[Undecided]:
    """What the solver could not decide, where a rule asked it."""
    if any(rule.needs is Needs.SOLVER for rule in ran):
        for name, why in context.survey.undecided.items():
            yield Undecided(name, why, name_span(context.plan.segments[name]))


def _level(context: Context, complete: bool) -> Needs:
    if not complete:
        return Needs.SYNTAX
    return Needs.NAMES if context.analysis.plan is None else Needs.PLAN


def _can_run(rule: Rule, context: Context, level: Needs) -> bool:
    if rule.needs is Needs.FINDINGS:
        return True
    if rule.needs is Needs.SOLVER:
        return context.solver is not None and level is Needs.PLAN
    return rule.needs <= level


def _run(
    chosen: Iterable[Rule],
    context: Context,
    policy: Policy,
    comments: Sequence[Suppression],
    used: Used,
) -> Iterator[tuple[Rule, Hit | None]]:
    """What the rules found where they are wanted; None for each finding that is suppressed."""
    for rule in chosen:
        for hit in rule.check(context):
            if not policy.reports(rule, hit.span.path):
                continue
            silencer = _silencer(rule, hit, comments)
            if silencer is not None:
                used.add(silencer)
            yield rule, None if silencer is not None else hit


def _silencer(
    rule: Rule, hit: Hit, comments: Sequence[Suppression]
) -> tuple[Suppression, Suppressed] | None:
    for comment in comments:
        if comment.covers(hit.span.path, hit.span.line):
            for suppressed in comment.rules:
                if suppressed.text in (rule.code, rule.name):
                    return comment, suppressed
    return None


def _unused(
    comments: Sequence[Suppression], ran: Sequence[Rule], used: Used
) -> list[tuple[Suppression, Suppressed]]:
    """What suppressed nothing, of the rules that ran."""
    known = {word for rule in ran for word in (rule.code, rule.name)}
    return [
        (comment, suppressed)
        for comment in comments
        for suppressed in comment.rules
        if suppressed.text in known and (comment, suppressed) not in used
    ]


def _findings(
    hits: list[tuple[Rule, Hit]], context: Context, policy: Policy
) -> tuple[Finding, ...]:
    order = {source.tree.span.path: i for i, source in enumerate(context.sources)}
    hits.sort(key=lambda found: (order[found[1].span.path], found[1].span.start, found[0].code))
    fingerprint = fingerprints()
    return tuple(
        Finding(
            _diagnostic(rule, hit, policy.severity_of(rule)),
            hit.fix,
            fingerprint(rule.code, *context.item_at(hit.span)),
            hit.shown,
        )
        for rule, hit in hits
    )


def _diagnostic(rule: Rule, hit: Hit, severity: Severity) -> Diagnostic:
    return Diagnostic(
        rule.code, hit.message, hit.span, severity, hit.label, hit.help, hit.related, hit.notes
    )
