"""Answers on disk outlive those who do not ask for them."""

from pathlib import Path

import pytest

from segue.compiler.solver.verdict import Proved, Unknown
from segue.runtime.solver import cache
from segue.runtime.solver.cache import Cache


def test_who_asks_for_nothing_forgets_nothing(tmp_path: Path) -> None:
    first = Cache(tmp_path)
    first.put("a", Proved())
    first.save()

    Cache(tmp_path).save()

    assert Cache(tmp_path).get("a") == Proved()


def test_who_asks_for_something_else_forgets_nothing(tmp_path: Path) -> None:
    first = Cache(tmp_path)
    first.put("a", Proved())
    first.save()
    second = Cache(tmp_path)
    second.put("b", Unknown("too much"))
    second.save()

    known = Cache(tmp_path)
    assert (known.get("a"), known.get("b")) == (Proved(), Unknown("too much"))


def test_what_nobody_has_asked_for_the_longest_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST", 2)
    first = Cache(tmp_path)
    first.put("a", Proved())
    first.put("b", Proved())
    first.save()
    second = Cache(tmp_path)
    second.get("a")
    second.put("c", Proved())
    second.save()

    known = Cache(tmp_path)
    assert [known.get(key) for key in "abc"] == [Proved(), None, Proved()]
