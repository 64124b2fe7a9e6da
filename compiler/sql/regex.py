"""The portable regular expressions: what every engine matches alike, in linear time.

A pattern is literal characters, `.` (anything but a newline), `^` and `$` (the ends of the
text), classes `[a-z]`, `\\d` `\\w` `\\s` and their complements (ASCII), groups `(…)` and `(?:…)`,
`|`, and the repetitions `* + ?` and `{n}` `{n,}` `{n,m}`. It is validated once and spelled for
each engine, since engines differ in what `.`, `$` and `\\d` mean.
"""

from dataclasses import dataclass
from enum import Enum

MAX_REPEAT = 255
MAX_NESTED = 1000
"""RE2 takes no pattern in which repetitions inside repetitions multiply to more."""
CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": r" \t\n\r\f\v"}
LITERAL_ESCAPES = frozenset(".+*?()[]{}|^$\\/-")
CONTROL_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}


class Flavour(Enum):
    """A family of engines: how it spells the end of the text, a vertical tab and a group."""

    RE2 = "re2"
    RE2_POSIX = "re2 posix"
    POSTGRES = "postgres"
    PYTHON = "python"
    JAVA = "java"


END = {
    Flavour.RE2: "$",
    Flavour.RE2_POSIX: "$",
    Flavour.POSTGRES: "$",
    Flavour.PYTHON: r"\Z",
    Flavour.JAVA: r"\z",
}
GROUPS = {Flavour.RE2_POSIX: "("}
VERTICAL_TABS = {Flavour.POSTGRES: r"\v"}


class PatternError(ValueError):
    """A pattern outside the portable language."""


@dataclass(slots=True)
class _Translator:
    pattern: str
    flavour: Flavour
    at: int = 0
    inside: int = 1
    """How often the repetitions inside the last atom repeat something."""

    def translate(self) -> str:
        out = self.alternatives()
        if self.at < len(self.pattern):
            raise PatternError("`)` without `(`")
        return out

    @property
    def vertical_tab(self) -> str:
        return VERTICAL_TABS.get(self.flavour, r"\x0b")

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def take(self) -> str:
        character = self.peek()
        self.at += 1
        return character

    def alternatives(self) -> str:
        branches = [self.sequence()]
        most = self.inside
        while self.peek() == "|":
            self.take()
            branches.append(self.sequence())
            most = max(most, self.inside)
        self.inside = most
        return "|".join(branches)

    def sequence(self) -> str:
        out, most = [], 1
        while self.peek() not in ("", "|", ")"):
            out.append(self.repeated())
            most = max(most, self.inside)
        self.inside = most
        return "".join(out)

    def repeated(self) -> str:
        start = self.at
        self.inside = 1
        atom = self.atom()
        repeat, times = self.repetition()
        self.inside *= times
        if self.inside > MAX_NESTED:
            raise PatternError(f"repetitions repeat something more than {MAX_NESTED} times")
        if not repeat:
            return atom
        if self.pattern[start] in "^$":
            raise PatternError(f"`{self.pattern[start]}` cannot be repeated")
        if self.repetition()[0]:
            raise PatternError("a repetition of a repetition: write a group around the first")
        return atom + repeat

    def repetition(self) -> tuple[str, int]:
        character = self.peek()
        if character and character in "*+?":
            self.take()
            if self.peek() == "?" or self.peek() == "+":
                raise PatternError(
                    "lazy and possessive repetitions do not change whether a text matches: "
                    f"write `{character}`"
                )
            return character, 1
        if character != "{":
            return "", 1
        end = self.pattern.find("}", self.at)
        inside = self.pattern[self.at + 1 : end] if end >= 0 else ""
        low, comma, high = inside.partition(",")
        if not low.isascii() or not low.isdigit() or (high and not high.isdigit()):
            raise PatternError("`{` begins a repetition `{2}` or `{2,5}`; for itself write `\\{`")
        if int(low) > MAX_REPEAT or (high and int(high) > MAX_REPEAT):
            raise PatternError(f"a repetition counts to {MAX_REPEAT} at most")
        if high and int(high) < int(low):
            raise PatternError(f"`{{{inside}}}` counts down")
        self.at = end + 1
        times = max(int(high or low), 1)
        return f"{{{int(low)}{comma}{int(high) if high else ''}}}", times

    def atom(self) -> str:
        character = self.take()
        match character:
            case "(":
                return self.group()
            case "[":
                return self.character_class()
            case "\\":
                return self.escape()
            case ".":
                return r"[^\n]"
            case "^":
                return "^"
            case "$":
                return END[self.flavour]
            case "*" | "+" | "?":
                raise PatternError(f"`{character}` has nothing to repeat")
            case "{":
                raise PatternError("`{` has nothing to repeat; for itself write `\\{`")
            case "]" | "}":
                return "\\" + character
        return character

    def group(self) -> str:
        if self.peek() == "?":
            if self.pattern[self.at : self.at + 2] != "?:":
                raise PatternError("look-around, named groups and flags differ between engines")
            self.at += 2
        inside = self.alternatives()
        if self.take() != ")":
            raise PatternError("`(` is never closed")
        return f"{GROUPS.get(self.flavour, '(?:')}{inside})"

    def character_class(self) -> str:
        negated = self.peek() == "^"
        if negated:
            self.take()
        items = []
        while self.peek() != "]":
            items.append(self.class_item())
        self.take()
        if not items:
            raise PatternError("an empty class `[]`")
        return f"[{'^' if negated else ''}{''.join(items)}]"

    def class_item(self) -> str:
        low = self.class_character()
        if self.peek() != "-" or self.pattern[self.at + 1 : self.at + 2] == "]":
            return self.spell(low)
        self.take()
        high = self.class_character()
        if len(low) != 1 or len(high) != 1 or ord(high) < ord(low):
            raise PatternError("a range in a class goes from one character up to another")
        return f"{self.spell(low)}-{self.spell(high)}"

    def class_character(self) -> str:
        character = self.take()
        if not character:
            raise PatternError("`[` is never closed")
        if character == "[":
            raise PatternError("`[` inside a class: write `\\[`")
        if character != "\\":
            return character
        name = self.take()
        if name in CLASSES:
            return CLASSES[name]
        if name in CONTROL_ESCAPES:
            return CONTROL_ESCAPES[name]
        if name in LITERAL_ESCAPES and name:
            return name
        raise PatternError(f"`\\{name}` in a class means different things in different engines")

    def spell(self, item: str) -> str:
        if len(item) > 1:
            return item.replace(r"\v", self.vertical_tab)
        for name, control in CONTROL_ESCAPES.items():
            if item == control:
                return self.vertical_tab if name == "v" else "\\" + name
        return "\\" + item if item in LITERAL_ESCAPES or item in "&~" else item

    def escape(self) -> str:
        name = self.take()
        if not name:
            raise PatternError("the pattern ends with `\\`")
        if name in CLASSES:
            return f"[{self.spell(CLASSES[name])}]"
        if name.lower() in CLASSES and name.isupper():
            return f"[^{self.spell(CLASSES[name.lower()])}]"
        if name in CONTROL_ESCAPES:
            return self.spell(CONTROL_ESCAPES[name])
        if name in LITERAL_ESCAPES:
            return "\\" + name
        raise PatternError(f"`\\{name}` means different things in different engines")


def translate(pattern: str, flavour: Flavour) -> str:
    """The pattern as an engine spells it; `PatternError` when it is not portable."""
    return _Translator(pattern, flavour).translate()


def validate(pattern: str) -> str | None:
    """What is wrong with a pattern, or nothing."""
    try:
        translate(pattern, Flavour.PYTHON)
    except PatternError as error:
        return str(error)
    return None
