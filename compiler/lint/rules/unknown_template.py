"""A template that is not there.

What it does:
    Finds `template("…")` with a file that is not in the folder `templates` of segue.yml. Without
    that setting, nothing is found.

Why:
    The message would fail when it is sent, to everybody at once.

Settings:
    templates: mails

Bad:
    campaign thanks "Say thank you" {
      audience buyers
      on entry send thank_you

      content otherwise {
        subject "Thank you"
        body    template("thankyou.md")
      }
    }

    segment buyers "Have bought" {
      when exists(purchase)
    }

Good:
    campaign thanks "Say thank you" {
      audience buyers
      on entry send thank_you

      content otherwise {
        subject "Thank you"
        body    template("thank_you.md")
      }
    }

    segment buyers "Have bought" {
      when exists(purchase)
    }
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.suggestions import did_you_mean


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    known = context.facts.templates
    if known is None:
        return
    for call in context.nodes(ast.Call):
        name = call.arguments[0] if call.function == "template" and call.arguments else None
        if isinstance(name, ast.String) and name.value not in known:
            yield Hit(
                name.span,
                f"there is no template `{name.value}`",
                label="not in `templates` of segue.yml",
                help=did_you_mean(name.value, known),
            )


RULE = Rule(
    code="SEG506",
    name="unknown-template",
    category=Category.DATA,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
