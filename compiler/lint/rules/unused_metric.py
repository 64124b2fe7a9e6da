"""A metric that nothing uses.

What it does:
    Finds metrics that no segment, condition or other definition names. Metrics with a tag that
    a score learns from are used, and so are sets of tiers, which are segments.

Why:
    It is computed for nobody, and whoever reads the rules has to find that out. Often the segment
    that used it is gone, or names another one by mistake.

Bad:
    metric opens_7d  = count(email_open over last 7d)
    metric opens_30d = count(email_open over last 30d)

    segment readers "Open our mails" {
      when opens_30d >= 10
    }

Good:
    metric opens_30d = count(email_open over last 30d)

    segment readers "Open our mails" {
      when opens_30d >= 10
    }

Options:
    keep: tags of metrics that are made for somebody outside of the rules, say a dashboard

Fix:
    Unsafe: deletes the metric, which a query or a service may read by its name.
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit, Safety
from segue.compiler.lint.rewriting import remove_item
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.lint.usage import is_unused
from segue.grammar import ast
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    kept = set(context.option(RULE, "keep"))
    kept |= {tag.text for score in context.nodes(ast.Score) for tag in score.tagged}
    for symbol in context.definitions(ast.Metric):
        metric = symbol.node
        assert isinstance(metric, ast.Metric)
        unused = is_unused(context, symbol)
        if not unused or symbol.tiers is not None or kept & {tag.text for tag in metric.tags}:
            continue
        yield Hit(
            metric.name.span,
            f"nothing uses the metric `{symbol.name}`",
            help="delete it, or tag it and list the tag under `keep` if it is for others",
            fix=remove_item(context, metric, f"delete `{symbol.name}`", Safety.UNSAFE),
        )


RULE = Rule(
    code="SEG401",
    name="unused-metric",
    category=Category.UPKEEP,
    severity=Severity.WARNING,
    needs=Needs.NAMES,
    check=check,
    documentation=__doc__,
    options={"keep": ()},
)
