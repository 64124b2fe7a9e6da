"""The words of the language, sorted by what they may also be used for."""

from segue.grammar.tables import WORDS

# Never names: they end or begin an expression, so a name spelt like one would be unreadable.
RESERVED = frozenset(
    {
        *("and", "or", "not", "in", "is", "between"),
        *("if", "then", "else", "where", "over", "ever"),
        *("true", "false", "null"),
    }
)

# Everything else is a name wherever the grammar does not ask for the word itself.
SOFT = frozenset(terminal for word, terminal in WORDS.items() if word not in RESERVED)

ITEMS = (
    "metric",
    "condition",
    "define",
    "segment",
    "tiers",
    "lifecycle",
    "score",
    "state",
    "on",
    "campaign",
    "monitor",
    "assert",
)
