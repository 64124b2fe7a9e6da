"""Truth tables whose MC/DC is known."""

from itertools import product

import pytest

from rule_coverage.rules import covered
from segue.compiler.coverage.measure import Outcome


def table(*rows: str) -> list[dict[str, bool]]:
    """Tests from rows of truths: `101` is a, not b, c."""
    return [dict(zip("abcdef", (c == "1" for c in row), strict=False)) for row in rows]


def decided(when: str, *rows: str) -> str:
    """The letters of the conditions that decide."""
    found = covered(when, table(*rows))
    return "".join(text for text, atom in found.items() if atom.covers(Outcome.DECIDES))


@pytest.mark.parametrize(
    ("when", "rows", "expected"),
    [
        # Three tests are enough for two conditions, n + 1 for n of them.
        ("a and b", ["11", "01", "10"], "ab"),
        ("a or b", ["00", "01", "10"], "ab"),
        ("a and b and c", ["111", "011", "101", "110"], "abc"),
        # All true and all false is condition and decision coverage, and shows nothing.
        ("a and b", ["11", "00"], ""),
        ("a or b", ["11", "00"], ""),
        ("a and b", ["11", "01"], "a"),
        ("not a", ["1", "0"], "a"),
        ("a and not b", ["10", "00", "11"], "ab"),
        # The example of Chilenski and Miller: (A and B) or C by four tests.
        ("(a and b) or c", ["110", "010", "101", "100"], "abc"),
        ("(a and b) or c", ["111", "010", "101", "100"], "c"),
        # Hayhurst et al., (A or B) and (C or D) by five tests.
        ("(a or b) and (c or d)", ["1010", "0110", "0010", "1001", "1000"], "abcd"),
        # Masking: a true in the first and false in the second, with another b that masks nothing.
        ("a and (b or c)", ["110", "001"], "a"),
        ("if a then b else c", ["110", "010", "100", "011", "101"], "abc"),
        ("if a then b else c", ["111", "011"], ""),
    ],
)
def test_known_tables(when: str, rows: list[str], expected: str) -> None:
    assert decided(when, *rows) == expected


@pytest.mark.parametrize("when", ["a and b or c", "a and (b or not c)", "if a then b else c"])
def test_all_rows_decide_all_conditions(when: str) -> None:
    rows = ("".join(bits) for bits in product("01", repeat=3))
    assert decided(when, *rows) == "abc"


def test_a_condition_that_is_written_twice_is_flipped_in_each_place_alone() -> None:
    found = covered("(a and b) or (a and c)", table("110", "010"))
    first = found["b"]
    assert not first.covers(Outcome.DECIDES)
    assert found["a"].pair is None  # the last written: it is masked by `c`


def test_a_redundant_condition_never_decides() -> None:
    numbers = [{"n": n} for n in range(20)]
    found = covered("n >= 5 and n >= 3", numbers)
    assert found["n >= 5"].covers(Outcome.DECIDES)
    assert not found["n >= 3"].covers(Outcome.DECIDES)
    assert found["n >= 3"].decides_when == {True}


def test_missing_is_told_apart_from_false() -> None:
    found = covered("n >= 5", [{"n": None}, {"n": 7}])["n >= 5"]
    assert found.uncovered == (Outcome.FALSE,)
    assert found.covers(Outcome.MISSING)
    assert found.pair == (1, 0)


@pytest.mark.parametrize(
    ("when", "outcomes"),
    [
        ("a", "true false decides"),  # the catalog says that it is there
        ("z", "true false missing decides"),
        ("n >= 5", "true false missing decides"),
        ("(n ?? 0) >= 5", "true false decides"),
        ("n is missing", "true false decides"),
        ("country in [\"FR\"]", "true false missing decides"),
        ("country not in [\"FR\"]", "true false missing decides"),
        ("n / 2 >= 5", "true false missing decides"),
        ("(n ?? 0) / 2 >= 5", "true false decides"),
        ("1 / (n ?? 0) >= 5.0", "true false missing decides"),
    ],
)  # fmt: skip
def test_what_there_is_to_see(when: str, outcomes: str) -> None:
    (atom,) = covered(when, []).values()
    assert " ".join(atom.outcomes) == outcomes
