"""Each lint rule does what its docstring says: both examples are run, and the fix fixes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from lint.ruleset import CATALOG, ROOT, codes, context_of, linted
from segue.compiler.lint.context import Facts
from segue.compiler.lint.documentation import documentation
from segue.compiler.lint.finding import Finding, Safety
from segue.compiler.lint.fixes import fix_all
from segue.compiler.lint.lint import LintResult, lint
from segue.compiler.lint.registry import MODULES, rules
from segue.compiler.lint.rule import Needs, Rule
from segue.grammar.format import format_source
from segue.runtime.configuration import read_configuration

WITHOUT_SOLVER = [rule for rule in rules().values() if rule.needs is not Needs.SOLVER]
each_rule = pytest.mark.parametrize("rule", WITHOUT_SOLVER, ids=lambda rule: rule.name)


TEMPLATES = frozenset({"thank_you.md"})


def found_in(text: str, rule: Rule) -> LintResult:
    """What the rules on by default and this one say, under the settings of its docstring."""
    config, wrong = read_configuration(documentation(rule).settings, "segue.yml")
    assert not wrong
    facts = Facts(
        actions=None if config.actions is None else frozenset(config.actions),
        templates=None if config.templates is None else TEMPLATES,
    )
    return linted(text, replace(config.lint, extend=(rule.code,)), facts=facts)


@each_rule
def test_the_bad_example_has_this_finding_and_no_other(rule: Rule) -> None:
    result = found_in(documentation(rule).bad, rule)

    assert set(codes(result)) == {rule.code}


@each_rule
def test_the_good_example_has_no_finding(rule: Rule) -> None:
    result = found_in(documentation(rule).good, rule)

    assert [f.diagnostic.message for f in result.findings] == []


@each_rule
def test_the_examples_are_formatted(rule: Rule) -> None:
    text = documentation(rule)

    for example in (text.bad, text.good):
        assert format_source(example + "\n", "example.seg") == example + "\n"


@each_rule
def test_a_fix_fixes_the_bad_example_and_is_documented(rule: Rule) -> None:
    text = documentation(rule)
    findings = found_in(text.bad, rule).findings
    fixable = [f for f in findings if f.fix is not None]
    assert bool(fixable) == bool(text.fix)
    if not fixable:
        return

    def check(texts: Mapping[str, str]) -> Sequence[Finding]:
        return found_in(texts["rules.seg"], rule).findings

    unsafe = any(f.fix is not None and f.fix.safety is Safety.UNSAFE for f in fixable)
    fixed = fix_all({"rules.seg": text.bad}, findings, check, unsafe=unsafe)
    assert rule.code not in [f.diagnostic.code for f in fixed.findings]
    assert fixed.fixes >= 1


def test_every_rule_is_registered_once_in_order_of_its_code() -> None:
    files = {path.stem for path in (ROOT / "compiler/lint/rules").glob("*.py")} - {"__init__"}
    found = list(rules().values())

    assert set(MODULES) == files
    assert [rule.code for rule in found] == sorted({rule.code for rule in found})
    assert [rule.name.replace("-", "_") for rule in found] == list(MODULES)


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.name)
def test_the_docstring_documents_every_option(rule: Rule) -> None:
    assert documentation(rule).options.keys() == rule.options.keys()


def test_the_catalog_of_the_examples_stands_where_the_pages_say() -> None:
    assert CATALOG.is_file()
    assert context_of({}).catalog.entity.name == "customer"
    assert lint(context_of({})).findings == ()


@pytest.mark.parametrize(
    ("definition", "use", "code"),
    [
        ("metric opens = count(email_open)", "{} >= 3", "SEG401"),
        ("condition opens = exists(email_open)", "{}", "SEG402"),
    ],
)
def test_what_only_a_misspelt_name_uses_is_not_called_unused(
    definition: str, use: str, code: str
) -> None:
    def found(name: str) -> list[str]:
        rules = f"{definition}\nsegment a {{ when {use.format(name)} }}\n"
        return codes(lint(context_of({"rules.seg": rules})))

    assert code not in found("opns")
    assert code in found("something_else")


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("until(last(purchase.at) + 30d) < 7d", True),
        ('until(last(purchase.at) + 30d) < 7d or plan == "pro"', True),
        ("until(last(purchase.at) + 30d) < 7d and until(last(purchase.at) + 30d) >= 1d", False),
        ("until(last(purchase.at) + 30d) > 7d", False),
        ("until(last(purchase.at) + 30d) < 0d", False),
    ],
)
def test_until_is_compared_from_below_too(condition: str, found: bool) -> None:
    result = linted(f"segment a {{ when {condition} }}\n")
    assert ("SEG122" in codes(result)) is found


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ("not followed by purchase within 24h where weekday(cart_add.at) >= 6", True),
        (
            "followed by purchase where purchase.at > cart_add.at and weekday(cart_add.at) >= 6",
            True,
        ),
        ("followed by cart_add where at <= cart_add.at + 1h", False),
        ('followed by purchase where plan == "pro"', False),
    ],
)
def test_a_step_is_about_its_own_event(step: str, found: bool) -> None:
    result = linted(f"segment a {{ when exists(cart_add {step}) }}\n")
    assert ("SEG121" in codes(result)) is found
