"""The documented kinds of finding: what a code means, and an example that shows it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding. The reference manual is made from these."""

    id: str
    title: str
    explanation: str
    example: str


UNEXPECTED = Code(
    "SEG001",
    "Unexpected text",
    "Something stands where the language has no place for it. The message says what could "
    "stand there instead.",
    "metric opens = count(email_open over last 30d))",
)
UNCLOSED = Code(
    "SEG002",
    "Unclosed bracket",
    "A bracket or brace was opened and never closed before the item, or the file, ended.",
    "segment active {\n  when opens > 3",
)
BAD_TEXT = Code(
    "SEG003",
    "Malformed text",
    "Text stands in double quotes and ends on the line it began on. Inside it, a backslash "
    'begins one of \\" \\\\ \\n \\t \\u00e9.',
    'condition on_pricing = page == "pricing',
)
BAD_LITERAL = Code(
    "SEG004",
    "Malformed number, duration or date",
    "A literal that begins like a number is none: an unknown or ambiguous unit (`30m`), a day "
    "that does not exist (`2023-02-30`), or too many digits. Durations use the units ms, s, "
    "min, h, d and w; months and years have no fixed length and are counted by the calendar.",
    "metric opens = count(email_open over last 30m)",
)
UNKNOWN_WORD = Code(
    "SEG005",
    "Unknown item or clause",
    "A line begins with a word that begins no item, or no clause of this block.",
    "segmnt active { when opens > 3 }",
)
MISSING_CLAUSE = Code(
    "SEG006",
    "Missing clause",
    "A block lacks a clause it cannot do without.",
    "segment active {\n  priority high\n}",
)
REPEATED_CLAUSE = Code(
    "SEG007",
    "Repeated clause",
    "A clause stands twice in one block, and only one can hold.",
    "segment active {\n  when opens > 3\n  when clicks > 1\n}",
)
FOREIGN_SPELLING = Code(
    "SEG008",
    "Spelling of another language",
    "An operator is written as in SQL or a programming language. Segue writes `==` `!=` `and` "
    "`or` `not` `is missing` `starts with` `contains` `matches`.",
    "condition vip = spend > 100 && visits > 3",
)
TOO_DEEP = Code(
    "SEG009",
    "Nested too deeply",
    "Expressions may be nested 100 deep. Give the inner parts names with `metric` or `condition`.",
    "condition odd = " + "not " * 100 + "vip",
)

SYNTAX_CODES = (
    UNEXPECTED,
    UNCLOSED,
    BAD_TEXT,
    BAD_LITERAL,
    UNKNOWN_WORD,
    MISSING_CLAUSE,
    REPEATED_CLAUSE,
    FOREIGN_SPELLING,
    TOO_DEEP,
)
