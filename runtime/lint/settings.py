"""`lint` in segue.yml: which rules run where, and how much their findings matter.

lint:
  extend: [missing-description]         # besides the rules that are on by default
  ignore: [SEG304]
  severity: {unused-metric: error}
  per-path: {"archive/*": [upkeep]}     # not in these files
  options: {deep-nesting: {deepest: 4}}
"""

from collections.abc import Callable, Mapping
from typing import Any

from segue.compiler.catalog.yaml_tree import Mapping as YamlMapping
from segue.compiler.catalog.yaml_tree import Scalar, Sequence, Tree
from segue.compiler.lint.policy import ALL, PathPolicy, Policy, matches
from segue.compiler.lint.registry import rules
from segue.compiler.lint.rule import Category, Option, Rule
from segue.grammar.codes import Code
from segue.grammar.diagnostics import Diagnostic, Severity
from segue.grammar.span import Span
from segue.grammar.suggestions import did_you_mean
from segue.runtime import codes

KEYS = ("select", "extend", "ignore", "severity", "per-path", "options")

Note = Callable[[Diagnostic], None]


def read_policy(node: Tree, key: Span, note: Note) -> Policy:
    """The settings as far as they can be read; `note` is told what is wrong with them."""
    reader = _Reader(note)
    if not isinstance(node, YamlMapping):
        reader.report(
            codes.WRONG_SETTING,
            "`lint` should be settings by name",
            key,
            "for example `lint: {ignore: [unused-metric]}`",
        )
        return Policy()
    reader.known(node, KEYS, "`lint`")
    return Policy(
        select=reader.selectors(node.values.get("select")),
        extend=reader.selectors(node.values.get("extend")),
        ignore=reader.selectors(node.values.get("ignore")),
        severity=reader.severities(node),
        paths=reader.paths(node),
        options=reader.options(node),
    )


def unknown_selector(selector: str) -> str | None:
    """What to say of a selector that means no rule; None where it means some."""
    if any(matches(rule, (selector,)) for rule in rules().values()):
        return None
    # No codes: one that is misspelt is near many.
    words = [ALL, *Category, *(rule.name for rule in rules().values())]
    return did_you_mean(selector, words) or "`segue explain-rule --all` lists the rules"


class _Reader:
    def __init__(self, note: Note) -> None:
        self.note = note

    def report(self, code: Code, message: str, span: Span, help: str = "") -> None:
        self.note(Diagnostic(code.id, message, span, help=help))

    def known(self, node: YamlMapping, names: tuple[str, ...], where: str) -> None:
        for name, span in node.keys.items():
            if name not in names:
                self.report(
                    codes.UNKNOWN_SETTING,
                    f"{where} has no setting `{name}`",
                    span,
                    did_you_mean(name, names) or f"known here: {', '.join(names)}",
                )

    def selectors(self, node: Tree | None) -> tuple[str, ...]:
        """A list of rules, or one."""
        if node is None:
            return ()
        items = node.items if isinstance(node, Sequence) else [node]
        return tuple(text for item in items if (text := self._selector(item)) is not None)

    def _selector(self, item: Tree) -> str | None:
        if not isinstance(item, Scalar) or not item.text:
            self.report(
                codes.WRONG_SETTING,
                "a rule is named by its code or its name",
                item.span,
                "for example `[SEG101, unused-metric]`",
            )
            return None
        hint = unknown_selector(item.text)
        if hint is not None:
            self.report(codes.UNKNOWN_SETTING, f"there is no rule `{item.text}`", item.span, hint)
        return item.text if hint is None else None

    def mapping(self, node: YamlMapping, key: str, example: str) -> YamlMapping | None:
        value = node.values.get(key)
        if value is None or isinstance(value, YamlMapping):
            return value
        help = f"for example `{key}: {example}`"
        self.report(codes.WRONG_SETTING, f"`{key}` should be by name", node.keys[key], help)
        return None

    def severities(self, node: YamlMapping) -> Mapping[str, Severity]:
        found: dict[str, Severity] = {}
        levels = self.mapping(node, "severity", "{unused-metric: error}")
        for name, value in levels.values.items() if levels else ():
            chosen = self._rules_of(name, levels.keys[name]) if levels else []
            if isinstance(value, Scalar) and value.text in tuple(Severity):
                found |= dict.fromkeys((rule.code for rule in chosen), Severity(value.text))
            else:
                self.report(
                    codes.WRONG_SETTING,
                    f"the severity of `{name}` should be one of {', '.join(Severity)}",
                    value.span,
                )
        return found

    def _rules_of(self, selector: str, span: Span) -> list[Rule]:
        hint = unknown_selector(selector)
        if hint is not None:
            self.report(codes.UNKNOWN_SETTING, f"there is no rule `{selector}`", span, hint)
        return [rule for rule in rules().values() if matches(rule, (selector,))]

    def paths(self, node: YamlMapping) -> tuple[PathPolicy, ...]:
        patterns = self.mapping(node, "per-path", '{"archive/*": [unused-metric]}')
        if patterns is None:
            return ()
        return tuple(
            PathPolicy(pattern, self.selectors(value)) for pattern, value in patterns.values.items()
        )

    def options(self, node: YamlMapping) -> Mapping[str, Mapping[str, Option]]:
        found: dict[str, Mapping[str, Option]] = {}
        by_rule = self.mapping(node, "options", "{deep-nesting: {deepest: 4}}")
        for name in by_rule.values if by_rule else ():
            assert by_rule is not None
            chosen = self._rules_of(name, by_rule.keys[name])
            values = self.mapping(by_rule, name, "{deepest: 4}")
            if len(chosen) == 1 and values is not None:
                found[chosen[0].code] = self._options_of(chosen[0], values)
        return found

    def _options_of(self, rule: Rule, values: YamlMapping) -> Mapping[str, Option]:
        self.known(values, tuple(rule.options), f"the rule `{rule.name}`")
        found: dict[str, Option] = {}
        for name, value in values.values.items():
            if name in rule.options:
                given: Any = value.data()
                given = tuple(given) if isinstance(given, list) else given
                if type(given) is type(rule.options[name]):
                    found[name] = given
                    continue
                kind = {int: "a whole number", str: "a text"}.get(
                    type(rule.options[name]), "a list of texts"
                )
                self.report(
                    codes.WRONG_SETTING, f"`{name}` of `{rule.name}` should be {kind}", value.span
                )
        return found
