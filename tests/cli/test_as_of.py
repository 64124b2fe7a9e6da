"""Instants as people write them."""

from zoneinfo import ZoneInfo

import pytest

from segue.runtime.as_of import read_instant, show_instant


def instant(text: str, zone: str = "Europe/Paris") -> str | None:
    moment = read_instant(text, ZoneInfo(zone))
    return None if moment is None else show_instant(moment)


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-01T12:30:00Z",
        "2024-05-01 12:30Z",
        "2024-05-01T14:30:00",
        "2024-05-01T14:30:00.000000+02:00",
        " 2024-05-01T07:30-05:00 ",
    ],
)
def test_spellings_of_one_instant(text: str) -> None:
    assert instant(text) == "2024-05-01T12:30:00Z"


def test_a_day_begins_at_its_first_instant_in_the_zone() -> None:
    assert instant("2024-05-01") == "2024-04-30T22:00:00Z"


def test_a_day_whose_midnight_was_skipped() -> None:
    assert instant("2018-11-04", "America/Sao_Paulo") == "2018-11-04T03:00:00Z"


def test_a_day_that_never_was_begins_where_the_next_does() -> None:
    assert instant("2011-12-30", "Pacific/Apia") == instant("2011-12-31", "Pacific/Apia")


@pytest.mark.parametrize(
    "text", ["", "now", "2024-13-01", "2024-02-30", "99999-01-01", "2024-05-01T12:30+2", "12:30"]
)
def test_what_is_no_instant(text: str) -> None:
    assert instant(text) is None
