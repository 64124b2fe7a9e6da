"""Which rules run, where, and how much their findings matter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from segue.compiler.lint.rule import Option, Rule
from segue.grammar.diagnostics import Severity

ALL = "all"


@dataclass(frozen=True, slots=True)
class PathPolicy:
    """Rules that are not asked for in files of a pattern (`archive/*`, `*_old.seg`)."""

    pattern: str
    ignore: tuple[str, ...]

    def applies(self, path: str) -> bool:
        """Whether a file, by its path in the project, is one of them."""
        return fnmatchcase(path, self.pattern) or fnmatchcase(path, f"{self.pattern}/*")


@dataclass(frozen=True, slots=True)
class Policy:
    """What a project wants of the linter.

    Selectors are codes (`SEG101`), the beginnings of codes (`SEG1`), names (`unused-metric`),
    categories (`upkeep`) or `all`. Without `select`, the rules that are on by default run;
    `extend` adds to them. `severity` and `options` are by code.
    """

    select: tuple[str, ...] = ()
    extend: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    paths: tuple[PathPolicy, ...] = ()
    options: Mapping[str, Mapping[str, Option]] = field(default_factory=dict)

    def rules(self, rules: Iterable[Rule]) -> list[Rule]:
        """The rules that run at all."""
        return [rule for rule in rules if self._runs(rule)]

    def _runs(self, rule: Rule) -> bool:
        if matches(rule, self.ignore):
            return False
        chosen = matches(rule, self.select) if self.select else rule.default
        return chosen or matches(rule, self.extend)

    def reports(self, rule: Rule, path: str) -> bool:
        """Whether a rule's findings are wanted in a file."""
        return not any(p.applies(path) and matches(rule, p.ignore) for p in self.paths)

    def severity_of(self, rule: Rule) -> Severity:
        """How much a finding of a rule matters here."""
        return self.severity.get(rule.code, rule.severity)


def matches(rule: Rule, selectors: Iterable[str]) -> bool:
    """Whether any of the selectors means a rule."""
    return any(
        selector in (ALL, rule.name, rule.category)
        or (selector.startswith("SEG") and rule.code.startswith(selector))
        for selector in selectors
    )
