"""How texts are spelled: by code point, whatever the collation of a column."""

from abc import ABC, abstractmethod

from sqlglot import exp

from segue.compiler.sql.trees import (
    Tree,
    call,
    integer,
    not_null,
    string,
    subtract,
)

UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Texts(ABC):
    """Comparing, searching and changing texts."""

    def binary_text(self, value: Tree) -> Tree:
        """Text to be compared or ordered by code point."""
        return value

    def starts_with(self, value: Tree, prefix: str) -> Tree:
        """Whether a text begins so."""
        start = call("SUBSTR", value, integer(1), integer(len(prefix)))
        same = self.binary_text(string(prefix))
        return exp.EQ(this=self.binary_text(start), expression=same)

    def ends_with(self, value: Tree, suffix: str) -> Tree:
        """Whether a text ends so."""
        if not suffix:
            return not_null(value)
        size = self.length(value.copy())
        long_enough = exp.GTE(this=size, expression=integer(len(suffix)))
        start = subtract(size.copy(), integer(len(suffix) - 1))
        end = call("SUBSTR", value, start, integer(len(suffix)))
        wanted = self.binary_text(string(suffix))
        same = exp.EQ(this=self.binary_text(end), expression=wanted)
        return exp.and_(long_enough, same, copy=False)

    def contains(self, value: Tree, part: str) -> Tree:
        """Whether a text holds these characters."""
        if not part:
            return not_null(value)
        return exp.GT(this=call("STRPOS", value, string(part)), expression=integer(0))

    @abstractmethod
    def matches(self, value: Tree, pattern: str) -> Tree:
        """Whether some part of a text matches a portable regular expression."""

    def lower(self, value: Tree) -> Tree:
        """A to Z as a to z."""
        return call("TRANSLATE", value, string(UPPER), string(UPPER.lower()))

    def upper(self, value: Tree) -> Tree:
        """Characters a to z as A to Z."""
        return call("TRANSLATE", value, string(UPPER.lower()), string(UPPER))

    def trim(self, value: Tree) -> Tree:
        """Text without blanks at its ends."""
        return call("TRIM", value, self.blanks())

    def blanks(self) -> Tree:
        """The characters that are blank."""
        blanks: Tree = string(" ")
        for code in range(9, 14):
            blanks = exp.DPipe(this=blanks, expression=call("CHR", integer(code)))
        return blanks

    def length(self, value: Tree) -> Tree:
        """How many code points."""
        return call("LENGTH", value)

    @abstractmethod
    def hash32(self, value: Tree) -> Tree:
        """The first 32 bits of the md5 of a text, as a whole number."""
