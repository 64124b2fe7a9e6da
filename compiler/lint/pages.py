"""The pages about the lint rules, made from their docstrings: one each, and an index."""

from collections.abc import Iterable, Mapping
from importlib.resources import files

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from segue.compiler.lint.documentation import documentation
from segue.compiler.lint.rule import Category, Needs, Rule

INDEX = "README.md"

# What the category of a rule promises, for the index.
CATEGORIES: Mapping[Category, str] = {
    Category.CORRECTNESS: "The rule means something else than it seems to.",
    Category.LOGIC: "Proved by the solver, with a customer who shows it.",
    Category.CLARITY: "The same can be said more plainly.",
    Category.UPKEEP: "What nobody uses, says twice, or cannot tell apart.",
    Category.DATA: "Cost, privacy, and what the catalog knows.",
    Category.SUPPRESSIONS: "Comments that silence findings.",
}


def pages(rules: Iterable[Rule]) -> dict[str, str]:
    """The pages by the name of their file, as Markdown."""
    found = list(rules)
    page, index = _template("rule.md.j2"), _template("rules.md.j2")
    made = {
        f"{rule.code}.md": page.render(rule=rule, doc=documentation(rule), solver=_solver(rule))
        for rule in found
    }
    groups = [
        (category, text, [(r, documentation(r)) for r in found if r.category is category])
        for category, text in CATEGORIES.items()
    ]
    made[INDEX] = index.render(groups=[group for group in groups if group[2]])
    return made


def _solver(rule: Rule) -> bool:
    return rule.needs is Needs.SOLVER


def _template(name: str) -> Template:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    text = files("segue.compiler").joinpath(f"templates/{name}").read_text("utf-8")
    return environment.from_string(text)
