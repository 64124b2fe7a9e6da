"""Items and clauses as lines: order, indentation, alignment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from segue.grammar.formatting.pieces import Piece
from segue.grammar.formatting.spacing import Line
from segue.grammar.formatting.wrapping import INDENT, Row, fits, operands, wrap

# The order of clauses. Those of one rank keep the order they were written in.
_ORDER = (
    *("when", "priority", "cadence", "actions"),
    *("initial", "stage", "enter", "exit", "nurture", "triggers", "next"),
    *("predict", "among", "from", "with", "train"),
    *("audience", "on", "limit", "holdout", "calibrate", "serve", "content"),
    *("do", "start", "stop"),
    *("measure", "control", "over", "baseline", "recommend"),
    *("subject", "preview", "send_time", "body", "cta", "tokens"),
    *("default", "tags", "owner"),
)
_RANKS = {word: rank for rank, word in enumerate(_ORDER)} | {"alert": _ORDER.index("recommend")}
# The values of these are set below each other.
_ALIGNED = frozenset(_RANKS) - {"when", "on", "content", "stage", "initial", "default"}
_BLOCKS = frozenset(
    {
        *("segment", "tiers", "lifecycle", "stage", "state", "reaction", "score"),
        *("campaign", "content", "content_otherwise", "monitor"),
    }
)


@dataclass(frozen=True, slots=True)
class Printed:
    """An item or clause as lines; `parts` are those of a block, which blank lines may part."""

    rows: tuple[Row, ...]
    parts: tuple["Printed", ...] = ()
    closing: tuple[Row, ...] = ()

    @property
    def tall(self) -> bool:
        """Whether it takes more than one line."""
        return len(self.rows) > 1 or bool(self.closing)


class Printer:
    """Sets pieces as lines. `commented` holds the tokens that comments hang on."""

    def __init__(self, line: Line, commented: set[int]) -> None:
        self.line = line
        self.tokens = line.tokens
        self.commented = commented

    def item(self, piece: Piece, indent: int = 0) -> Printed:
        """An item, or a block inside one."""
        if piece.rule in _BLOCKS:
            return self._block(piece, indent)
        return Printed(tuple(self._definition(piece, indent)))

    def _block(self, piece: Piece, indent: int) -> Printed:
        clauses = sorted(piece.inner, key=self._rank)
        brace = next(i for i in range(piece.first, piece.last) if self.tokens[i].kind == "LBRACE")
        inline = self._inline(piece, clauses, brace)
        if inline and fits(indent, inline):
            return Printed((Row(indent, inline, piece.first, piece.last),))
        head = tuple(wrap(self.line, indent, piece.first, brace))
        width = max((len(w) for w in map(self._keyword, clauses) if w in _ALIGNED), default=0)
        inside = indent + INDENT
        if piece.rule == "tiers":
            parts = self._tiers(clauses, inside, width)
        else:
            parts = [self._clause(clause, inside, width) for clause in clauses]
        return Printed(head, tuple(parts), (Row(indent, "}", piece.last, piece.last),))

    def _inline(self, piece: Piece, clauses: Sequence[Piece], brace: int) -> str:
        """A block on one line, if it was written on one and no comment stands inside."""
        start, end = self.tokens[piece.first].span, self.tokens[piece.last].span
        held = any(i in self.commented for i in range(piece.first + 1, piece.last))
        if start.line != end.line or held:
            return ""
        head = self.line.text(piece.first, brace)
        body = "".join(f"{self._flat(clause)} " for clause in clauses)
        return f"{head} {body}}}"

    def _flat(self, piece: Piece) -> str:
        """A clause on one line, the clauses of a block inside it in order too."""
        if piece.rule not in _BLOCKS and piece.rule != "tier":
            return self.line.text(piece.first, piece.last)
        clauses = sorted(piece.inner, key=self._rank)
        head_end = piece.inner[0].first - 1 if piece.inner else piece.last
        parts = [self.line.text(piece.first, head_end), *map(self._flat, clauses)]
        return " ".join([*parts, "}"] if piece.rule in _BLOCKS and piece.inner else parts)

    def _rank(self, piece: Piece) -> int:
        return -1 if piece.rule == "tier" else _RANKS[self._keyword(piece)]

    def _keyword(self, piece: Piece) -> str:
        return "" if piece.rule == "tier" else self.tokens[piece.first].text

    # ------------------------------------------------------------------- definitions

    def _definition(self, piece: Piece, indent: int) -> Iterator[Row]:
        clauses = sorted(piece.inner, key=self._rank)
        value_end = min((c.first for c in clauses), default=piece.last + 1) - 1
        flat = " ".join([self.line.text(piece.first, value_end), *(self._flat(c) for c in clauses)])
        if fits(indent, flat):
            yield Row(indent, flat, piece.first, piece.last)
            return
        yield from self._value(piece.first, value_end, indent)
        for clause in clauses:
            yield from self._clause(clause, indent + INDENT, 0).rows

    def _value(self, first: int, last: int, indent: int) -> Iterator[Row]:
        """`metric name = value`, the operands of a long condition below each other."""
        equals = [i for i in range(first, last) if self.tokens[i].kind == "EQUAL"]
        if equals and not fits(indent, self.line.text(first, last)):
            parts = operands(self.line, equals[0] + 1, last)
            value = self.line.text(equals[0] + 1, last)
            if len(parts) > 1 or fits(indent + INDENT, value):
                yield Row(indent, self.line.text(first, equals[0]), first, equals[0])
                if fits(indent + INDENT, value):
                    parts = [(equals[0] + 1, last)]
                for start, end in parts:
                    yield from wrap(self.line, indent + INDENT, start, end)
                return
        yield from wrap(self.line, indent, first, last)

    # ----------------------------------------------------------------------- clauses

    def _clause(self, piece: Piece, indent: int, width: int) -> Printed:
        if piece.rule in _BLOCKS:
            return self._block(piece, indent)
        word = self._keyword(piece)
        if word not in _ALIGNED and word != "when":
            return Printed(tuple(wrap(self.line, indent, piece.first, piece.last)))
        prefix, value = word.ljust(width) if word in _ALIGNED else word, piece.first + 1
        if word in ("enter", "exit"):
            prefix, value = f"{prefix} when", value + 1
        return Printed(tuple(self._prefixed(prefix, piece, value, indent)))

    def _prefixed(self, prefix: str, piece: Piece, value: int, indent: int) -> Iterator[Row]:
        """A keyword and its value; conditions below each other, `and` and `or` to the right."""
        flat = f"{prefix} {self.line.text(value, piece.last)}"
        condition = prefix.endswith("when")
        parts = operands(self.line, value, piece.last) if condition else [(value, piece.last)]
        alone = prefix == "when" and len(parts) > 1
        if fits(indent, flat) and not alone:
            yield Row(indent, flat, piece.first, piece.last)
            return
        for number, (start, end) in enumerate(parts):
            begin, word = start, prefix
            if number:
                word, begin = self.line.word(start).rjust(len(prefix)), start + 1
            rows = list(wrap(self.line, indent + len(prefix) + 1, begin, end))
            text = f"{word} {rows[0].text}"
            pad = len(text) - len(text.lstrip())
            first = start if number else piece.first
            yield Row(indent + pad, text.lstrip(), first, rows[0].last)
            yield from rows[1:]

    # ------------------------------------------------------------------------- tiers

    def _tiers(self, clauses: Sequence[Piece], indent: int, width: int) -> list[Printed]:
        """The rows of a partition in columns: name, bound, what to do."""
        cells = {clause: self._cells(clause) for clause in clauses if clause.rule == "tier"}
        names = max((len(name) for name, _, _ in cells.values()), default=0)
        bounds = max((len(bound) for _, bound, rest in cells.values() if rest), default=0)
        printed = []
        for clause in clauses:
            if clause not in cells:
                printed.append(self._clause(clause, indent, width))
                continue
            name, bound, rest = cells[clause]
            text = f"{name.ljust(names)} {bound.ljust(bounds)}  {rest}".rstrip()
            if fits(indent, text):
                printed.append(Printed((Row(indent, text, clause.first, clause.last),)))
            else:
                printed.append(Printed(tuple(self._tall_tier(clause, indent))))
        return printed

    def _cells(self, tier: Piece) -> tuple[str, str, str]:
        start = next(
            i
            for i in range(tier.first + 1, tier.last + 1)
            if self.tokens[i].kind in ("WHEN", "OTHERWISE")
        )
        end = tier.inner[0].first - 1 if tier.inner else tier.last
        rest = " ".join(self._flat(clause) for clause in sorted(tier.inner, key=self._rank))
        return self.line.text(tier.first, start - 1), self.line.text(start, end), rest

    def _tall_tier(self, tier: Piece, indent: int) -> Iterator[Row]:
        end = tier.inner[0].first - 1 if tier.inner else tier.last
        yield from wrap(self.line, indent, tier.first, end)
        for clause in sorted(tier.inner, key=self._rank):
            yield from self._clause(clause, indent + INDENT, 0).rows
