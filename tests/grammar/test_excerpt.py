"""The line under a finding, with its marks."""

from segue.grammar.excerpt import CUT, WIDEST, excerpt


def test_the_marks_stand_under_what_is_meant() -> None:
    assert excerpt("when opens > 3", 6, 5, "^", "a metric") == (
        "when opens > 3",
        "     ^^^^^ a metric",
    )


def test_a_tab_is_a_tab_in_both_lines() -> None:
    assert excerpt("\twhen x", 7, 1, "^", "")[1] == "\t     ^"


def test_characters_that_are_two_columns_wide_move_the_marks() -> None:
    assert excerpt('x == "東京" y', 11, 1, "^", "")[1] == " " * 12 + "^"


def test_an_accent_of_its_own_takes_no_column() -> None:
    assert excerpt('"e\u0301" y', 6, 1, "^", "")[1] == " " * 4 + "^"


def test_of_a_very_long_line_the_part_around_the_marks_is_shown() -> None:
    line = "a" * 100_000 + "?" + "b" * 100_000
    shown, marks = excerpt(line, 100_001, 1, "^", "here")
    assert len(shown) == WIDEST + 2 * len(CUT)
    assert shown[marks.index("^")] == "?"


def test_the_start_of_a_very_long_mark_is_shown() -> None:
    shown, marks = excerpt("x" * 10_000, 1, 10_000, "^", "")
    assert shown == "x" * WIDEST + CUT
    assert marks == "^" * WIDEST


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert excerpt("a\x1b[31mb", 1, 1, "^", "")[0] == "a␛[31mb"


def test_a_place_behind_the_end_of_the_line_has_a_mark() -> None:
    assert excerpt("when", 5, 1, "^", "") == ("when", "    ^")
