"""Makes `tables.py` from `segue.lark`: run `python -m segue.grammar.generate` after a change.

Lark works out the LALR automaton; what a parse needs of it is written down as plain Python, so
that reading a rule file neither imports Lark nor builds anything.
"""

import logging
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from lark import Lark
from lark.lexer import PatternStr
from lark.parsers.lalr_analysis import Shift
from lark.utils import logger

END = "$END"
# Lists that grow clause by clause: after an error inside one, parsing goes on with the next.
BODIES = re.compile(r"items|\w+_body")
HEADER = '''\
"""The parse tables of Segue, made from `segue.lark` by `segue.grammar.generate`.

Do not edit: change the grammar and run `python -m segue.grammar.generate`.
"""

# fmt: off
# ruff: noqa: E501
'''


def main() -> None:
    """Write the tables next to the grammar."""
    Path(str(files("segue.grammar") / "tables.py")).write_text(generate(), encoding="utf-8")


def generate() -> str:
    """The text of `tables.py` for the grammar in the package."""
    lark = _load()
    return HEADER + "\n".join([_terminals(lark), _rules(lark), _automaton(lark)])


def _load() -> Lark:
    text = (files("segue.grammar") / "segue.lark").read_text(encoding="utf-8")
    conflicts = _Conflicts()
    level = logger.level
    logger.addHandler(conflicts)
    logger.setLevel(logging.DEBUG)
    try:
        lark = Lark(text, parser="lalr", maybe_placeholders=True, debug=True)
    finally:
        logger.removeHandler(conflicts)
        logger.setLevel(level)
    if conflicts.messages:
        raise ValueError("the grammar is ambiguous:\n" + "\n".join(conflicts.messages))
    return lark


class _Conflicts(logging.Handler):
    """Lark settles shift/reduce conflicts silently; here they are errors."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if "onflict" in message:
            self.messages.append(message)


def _terminals(lark: Lark) -> str:
    words: dict[str, str] = {}
    marks: dict[str, str] = {}
    phrases: dict[str, str] = {}
    literals: dict[str, str] = {}
    for terminal in sorted(lark.terminals, key=lambda t: t.name):
        pattern = terminal.pattern
        if terminal.name in lark.ignore_tokens:
            continue
        if not isinstance(pattern, PatternStr):
            is_phrase = r"\s+" in pattern.value
            (phrases if is_phrase else literals)[terminal.name] = pattern.value
        elif pattern.value.isidentifier():
            words[pattern.value] = terminal.name
        else:
            marks[pattern.value] = terminal.name
    # `is not missing` has to be tried before `is missing` would be; longest first does it.
    by_length = dict(sorted(phrases.items(), key=lambda item: (-len(item[1]), item[0])))
    return "\n".join(
        [
            "# Words and marks of the language, and the terminal each one is.",
            _mapping("WORDS: dict[str, str]", words),
            _mapping("MARKS: dict[str, str]", marks),
            "# Operators of several words, and literals, as regular expressions.",
            _mapping("PHRASES: dict[str, str]", by_length),
            _mapping("LITERALS: dict[str, str]", literals),
        ]
    )


def _rules(lark: Lark) -> str:
    """Per rule: symbol made, symbols taken, function called, and which symbols it is given."""
    lines = [
        "# (symbol made, number of symbols taken, function or '' to pass the value on,",
        "#  positions of the values handed to the function, -1 for an optional part left out)",
        "RULES: tuple[tuple[str, int, str, tuple[int, ...]], ...] = (",
    ]
    for rule in lark.rules:
        kept = _kept(rule)
        passes = rule.alias is None and rule.options.expand1 and len(kept) == 1
        function = "" if passes else rule.alias or rule.origin.name
        lines.append(f"    {(str(rule.origin.name), len(rule.expansion), str(function), kept)!r},")
    return "\n".join([*lines, ")\n"])


def _kept(rule: Any) -> tuple[int, ...]:
    kept, position = [], 0
    for missing in rule.options.empty_indices or [False] * len(rule.expansion):
        if missing:
            kept.append(-1)
            continue
        symbol = rule.expansion[position]
        if not (symbol.is_term and symbol.filter_out):
            kept.append(position)
        position += 1
    return tuple(kept)


def _automaton(lark: Lark) -> str:
    table = lark.parser.parser._parse_table
    rule_number = {rule: i for i, rule in enumerate(lark.rules)}
    order = _breadth_first(table)
    number = {state: i for i, state in enumerate(order)}
    actions, gotos, bodies = [], [], {}
    for state in order:
        action, goto = {}, {}
        for symbol, (kind, argument) in sorted(table.states[state].items()):
            name = str(symbol)
            if kind is not Shift:
                action[name] = -1 - rule_number[argument]
            elif name == END:
                continue  # Reducing `start` is the end; nothing is shifted after it.
            elif name.isupper():
                action[name] = number[argument]
            else:
                goto[name] = number[argument]
                if BODIES.fullmatch(name):
                    bodies[number[argument]] = name
        actions.append(action)
        gotos.append(goto)
    return "\n".join(
        [
            "# Per state and terminal: the state to go to, or -1 - the rule to reduce by.",
            _shared("ACTIONS", actions),
            "# Per state and symbol made: the state to go to.",
            _shared("GOTOS", gotos),
            "# States inside a list of items or clauses, and the name of the list.",
            _mapping("BODIES: dict[int, str]", dict(sorted(bodies.items()))),
        ]
    )


def _breadth_first(table: Any) -> list[Any]:
    """The states in an order that depends on the grammar alone (Lark's varies with the run)."""
    order = [table.start_states["start"]]
    seen = set(order)
    for state in order:
        for _, (kind, argument) in sorted(table.states[state].items()):
            if kind is Shift and argument not in seen:
                seen.add(argument)
                order.append(argument)
    return order


def _shared(name: str, rows: list[dict[str, int]]) -> str:
    """A tuple of rows, each different row written once."""
    texts = [repr(row) for row in rows]
    unique = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    numbers = ", ".join(str(unique[text]) for text in texts)
    return "\n".join(
        [
            f"_{name}: tuple[dict[str, int], ...] = (",
            *(f"    {text}," for text in unique),
            ")",
            f"{name}: tuple[dict[str, int], ...] = tuple(",
            f"    _{name}[i] for i in ({numbers})",
            ")\n",
        ]
    )


def _mapping(name: str, items: dict[Any, str]) -> str:
    return "\n".join([f"{name} = {{", *(f"    {k!r}: {v!r}," for k, v in items.items()), "}\n"])


if __name__ == "__main__":
    main()
