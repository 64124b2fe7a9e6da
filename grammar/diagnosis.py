"""From where a parse stopped to what is said about it."""

from segue.grammar import codes
from segue.grammar.diagnostics import Label
from segue.grammar.expected import in_words, listed
from segue.grammar.habits import HABITS
from segue.grammar.lexer import END, Token
from segue.grammar.mistakes import CHECKS, LATE_CHECKS, Mistake, mistake
from segue.grammar.recovery import DROP, Repair, insert, replace
from segue.grammar.stop import CLOSING, NAMES, OPENING, Stop
from segue.grammar.suggestions import did_you_mean, nearest
from segue.grammar.tables import ACTIONS, WORDS
from segue.grammar.words import ITEMS, SOFT

_MARK = {"RPAR": ")", "RSQB": "]", "RBRACE": "}"}


def diagnose(stop: Stop) -> Mistake:
    """What is wrong at the token that did not fit."""
    for check in (*HABITS, *CHECKS):
        found = check(stop)
        if found:
            return found
    found = swallowed_clause(stop) or unclosed(stop) or surplus_bracket(stop)
    if found:
        return found
    stop = _at_clause(stop)
    for check in (unknown_item, missing_when, unknown_clause, *LATE_CHECKS):
        found = check(stop)
        if found:
            return found
    return unexpected(stop)


def _at_clause(stop: Stop) -> Stop:
    """Where a line begins and the clause before it is complete, look at it as a new clause."""
    if stop.begins_line() and stop.token.kind in NAMES:
        for end in ("RBRACE", END):
            if end in stop.expected:
                stop.machine.finish(end)
                return Stop(stop.machine)
    return stop


def unclosed(stop: Stop) -> Mistake | None:
    """A bracket still open where the clause, the item or the file is over."""
    if not stop.ends_clause():
        return None
    bracket = stop.open_bracket()
    if bracket is None or OPENING[bracket.kind] == stop.token.kind:
        return None
    fits = OPENING[bracket.kind] in stop.expected
    if not fits and stop.token.kind != END:
        return None
    mark = _MARK[OPENING[bracket.kind]]
    block = stop.block()
    what = f"the {block}" if bracket.kind == "LBRACE" and block else f"this `{bracket.text}`"
    return mistake(
        codes.UNCLOSED,
        f"{what} is not closed",
        stop.token.span,
        label=f"`{mark}` is missing before {_shown(stop.token)}",
        help=f"add `{mark}`",
        related=(Label(bracket.span, "opened here"),),
        repair=insert(OPENING[bracket.kind], mark) if fits else None,
    )


def surplus_bracket(stop: Stop) -> Mistake | None:
    """A closing bracket that no opening one belongs to."""
    token = stop.token
    if token.kind not in CLOSING:
        return None
    if any(OPENING[bracket.kind] == token.kind for bracket in stop.open_brackets()):
        return None
    bracket = stop.open_bracket()
    if bracket and bracket.kind != "LBRACE":
        kind = OPENING[bracket.kind]
        return mistake(
            codes.UNEXPECTED,
            f"`{token.text}` does not close `{bracket.text}`",
            token.span,
            help=f"write `{_MARK[kind]}`",
            repair=replace(kind, _MARK[kind]),
            related=(Label(bracket.span, "opened here"),),
        )
    return mistake(
        codes.UNEXPECTED,
        f"this `{token.text}` closes nothing",
        token.span,
        help="remove it, or add the opening one",
        repair=DROP,
    )


def unknown_item(stop: Stop) -> Mistake | None:
    """Something between items that begins none."""
    if stop.body != "items":
        return None
    token = stop.token
    if token.kind not in NAMES:
        return None
    guess = _OTHER_ITEMS.get(token.text.lower()) or nearest(token.text.lower(), ITEMS)
    return mistake(
        codes.UNKNOWN_WORD,
        f"`{token.text}` begins no item",
        token.span,
        help=f"did you mean `{guess}`?"
        if guess
        else f"items begin with {listed(f'`{word}`' for word in ITEMS)}",
        repair=_spelt(guess, stop),
    )


# What other tools call the items.
_OTHER_ITEMS = {
    **dict.fromkeys(("audience", "cohort", "list", "population"), "segment"),
    **dict.fromkeys(("measure", "let", "var", "const", "attribute"), "metric"),
    **dict.fromkeys(("def", "function", "macro", "fn"), "define"),
    **dict.fromkeys(("flag", "predicate", "filter"), "condition"),
}


def swallowed_clause(stop: Stop) -> Mistake | None:
    """A clause keyword read as a name, since what comes before it is unfinished."""
    word = stop.at(-1)
    positions = list(stop.bodies())
    row = ACTIONS[stop.machine.states[positions[0]]]
    if word.kind not in SOFT or word.kind not in row or not stop.begins_line(-1):
        return None
    if stop.machine.states[-2:-1] == [stop.machine.states[positions[0]]]:
        return None  # It was read as the keyword it is.
    before = stop.at(-2)
    if before.kind == "COMMA":
        message, help = "the list ends with a comma", "remove the comma, or add another element"
    else:
        message, help = f"`{before.text}` is not finished", "finish it before the next clause"
    return mistake(
        codes.UNEXPECTED,
        message,
        before.span,
        help=help,
        related=(Label(word.span, "the next clause begins here"),),
    )


def missing_when(stop: Stop) -> Mistake | None:
    """A condition without the word that introduces it."""
    if stop.body not in ("segment_body", "stage_body") or stop.token.kind in CLOSING:
        return None
    token, following = stop.token, stop.at(1)
    begins = token.kind in ("NOT", "IN", "NOT_IN", "LPAR", "NUMBER", "STRING", "MINUS")
    operators = ("COMPARISON", "LPAR", "AND", "OR", "IS_MISSING", "IS_NOT_MISSING", "IN", "NOT_IN",
                 "BETWEEN", "CONTAINS", "STARTS_WITH", "ENDS_WITH", "MATCHES", "EQUAL", "RBRACE",
                 "PLUS", "MINUS", "STAR", "SLASH")  # fmt: skip
    continues = token.kind in NAMES and following.kind in operators
    if not (begins or continues) or _close_clause(stop):
        return None
    word = "when" if stop.body == "segment_body" else "enter when"
    return mistake(
        codes.MISSING_CLAUSE,
        f"a condition is introduced by `{word}`",
        token.span,
        label=f"`{word}` is missing",
        help=f"write `{word} {token.text} …`",
        repair=insert("WHEN", "when") if stop.body == "segment_body" else None,
    )


def unknown_clause(stop: Stop) -> Mistake | None:
    """A word that begins no clause of this block."""
    block = stop.block()
    if not stop.body or not block or stop.token.kind not in NAMES:
        return None
    guess = _close_clause(stop)
    help = f"did you mean `{guess}`?" if guess else _clause_meant(stop)
    return mistake(
        codes.UNKNOWN_WORD,
        f"`{stop.token.text}` begins no clause of a {block}",
        stop.token.span,
        help=help,
        repair=_spelt(guess, stop),
    )


def unexpected(stop: Stop) -> Mistake:
    """Nothing better is known: what was found, and what could have stood there."""
    token = stop.token
    wanted = in_words(stop.expected, stop.block())
    related: tuple[Label, ...] = ()
    bracket = stop.open_bracket()
    if bracket and bracket.kind != "LBRACE":
        related = (Label(bracket.span, "inside this bracket"),)
    if stop.ends_clause() and stop.index > 0:
        before = stop.at(-1)
        return mistake(
            codes.UNEXPECTED,
            f"something is missing after {_shown(before)}",
            before.span,
            label=f"expected {wanted} after this",
            related=related,
        )
    return mistake(
        codes.UNEXPECTED,
        f"unexpected {_shown(token)}",
        token.span,
        label=f"expected {wanted}",
        help=_misspelt(stop),
        related=related,
    )


def _misspelt(stop: Stop) -> str:
    """The word that was meant, where what was found is spelt much like one that fits."""
    if stop.token.kind not in NAMES:
        return ""
    fitting = [word for word, kind in WORDS.items() if kind in stop.expected]
    return did_you_mean(stop.token.text.lower(), fitting)


def _close_clause(stop: Stop) -> str | None:
    kinds = ACTIONS[stop.machine.states[-1]]
    words = [word for word, kind in WORDS.items() if kind in kinds]
    return nearest(stop.token.text.lower(), words)


# What blocks of other tools have, and where it stands here.
_CLAUSES = {
    **dict.fromkeys(
        ("exclude", "except", "without"), "leave others out in the condition: `and not in {name}`"
    ),
    **dict.fromkeys(("include", "union"), "take others in by the condition: `or in {name}`"),
    **dict.fromkeys(("filter", "having", "rule", "rules", "if"), "write `when …`"),
    **dict.fromkeys(
        ("description", "title", "name", "label"), 'it stands after the name: `segment x "…" {{`'
    ),
}


def _clause_meant(stop: Stop) -> str:
    """Where the thing stands that this clause is for in other tools; else which clauses there
    are."""
    meant = _CLAUSES.get(stop.token.text.lower()) if stop.block() == "segment" else None
    if meant is None:
        return _clauses_of(stop)
    following = stop.at(1)
    return meant.format(name=following.text if following.kind in NAMES else "another")


def _clauses_of(stop: Stop) -> str:
    kinds = ACTIONS[stop.machine.states[-1]]
    words = [f"`{word}`" for word, kind in WORDS.items() if kind in kinds]
    return f"its clauses begin with {listed(words)}"


def _spelt(guess: str | None, stop: Stop) -> Repair | None:
    following = stop.at(1).kind
    fits = following not in CLOSING and following != END
    return replace(WORDS[guess], guess) if guess and fits else None


def _shown(token: Token) -> str:
    if token.kind == END:
        return "the end of the file"
    text = token.text if len(token.text) <= 40 else token.text[:37] + "…"
    return f"`{text}`"
