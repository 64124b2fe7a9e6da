"""What the docstring of a rule's file says: read once, shown everywhere.

The format is a title, then sections that begin with a line `Name:` and are indented:

    A metric that nothing uses.

    What it does:
        …
    Why:
        …
    Bad:
        metric opens = count(email_open over last 30d)
    Good:
        …
    Fix:
        …

`Settings:` holds what `segue.yml` says for both examples, `Options:` a line `name: meaning` for
each option. The examples speak of the catalog in `docs/rules/catalog.yml`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import cleandoc
from textwrap import dedent

from segue.compiler.lint.rule import Rule

REQUIRED = ("What it does", "Why", "Bad", "Good")
SECTIONS = (*REQUIRED, "Settings", "Options", "Fix")

_HEAD = re.compile(rf"^({'|'.join(SECTIONS)}):$", re.MULTILINE)
_OPTION = re.compile(r"^(\w+): (.+?)(?=^\w+: |\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Documentation:
    """The parts of a rule's docstring; texts are paragraphs, examples are rules."""

    title: str
    what: str
    why: str
    bad: str
    good: str
    fix: str
    settings: str
    options: Mapping[str, str]


def documentation(rule: Rule) -> Documentation:
    """What the rule says of itself. Raises `ValueError` where the format is not kept."""
    title, *parts = _HEAD.split(cleandoc(rule.documentation))
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    missing = [name for name in REQUIRED if name not in sections]
    if missing or len(sections) * 2 != len(parts) or len(title.strip().splitlines()) != 1:
        raise ValueError(f"{rule.code}: the docstring needs a title and, once each, {REQUIRED}")
    texts = {name: dedent(body.strip("\n")).strip() for name, body in sections.items()}
    return Documentation(
        title=title.strip().removesuffix("."),
        what=texts["What it does"],
        why=texts["Why"],
        bad=texts["Bad"],
        good=texts["Good"],
        fix=texts.get("Fix", ""),
        settings=texts.get("Settings", ""),
        options={
            name: " ".join(meaning.split())
            for name, meaning in _OPTION.findall(texts.get("Options", ""))
        },
    )
