"""Working tables that are folders, of connections that were killed."""

from pathlib import Path

from segue.runtime.warehouse.folders import LocalFolder
from segue.runtime.warehouse.scratch_folders import ScratchFolder


class Days:
    """Connections to one store, on days that the test chooses."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.day = 20_000

    def connect(self, token: str) -> ScratchFolder:
        return ScratchFolder(LocalFolder(self.store), token, lambda: self.day)

    def work(self, scratch: ScratchFolder) -> None:
        scratch.begin()
        (self.store / scratch.name / "words").mkdir(parents=True)

    def left(self) -> list[str]:
        return sorted(found.name for found in self.store.iterdir())


def test_a_folder_ends_with_its_connection(tmp_path: Path) -> None:
    days = Days(tmp_path)
    scratch = days.connect("a")
    days.work(scratch)
    scratch.remove()
    assert days.left() == []


def test_that_of_a_killed_connection_is_swept_away_two_days_later(tmp_path: Path) -> None:
    days = Days(tmp_path)
    days.work(days.connect("killed"))
    days.day += 1
    days.work(days.connect("next"))
    assert days.left() == [".scratch_20000_killed", ".scratch_20001_next"]
    days.day += 1
    days.work(days.connect("later"))
    assert days.left() == [".scratch_20001_next", ".scratch_20002_later"]


def test_a_connection_that_stays_open_has_a_folder_for_each_day(tmp_path: Path) -> None:
    days = Days(tmp_path)
    scratch = days.connect("service")
    days.work(scratch)
    (tmp_path / scratch.name / "words").rmdir()
    days.day += 3
    days.work(scratch)
    days.work(days.connect("other"))
    assert days.left() == [".scratch_20003_other", ".scratch_20003_service"]


def test_a_folder_in_use_keeps_its_name(tmp_path: Path) -> None:
    days = Days(tmp_path)
    scratch = days.connect("service")
    days.work(scratch)
    days.day += 1
    scratch.begin()
    assert scratch.name == ".scratch_20000_service"


def test_stores_are_left_alone(tmp_path: Path) -> None:
    for name in ("segue", ".scratch_notes", "scratch_1_a"):
        (tmp_path / name).mkdir()
    days = Days(tmp_path)
    days.work(days.connect("a"))
    assert days.left() == [".scratch_20000_a", ".scratch_notes", "scratch_1_a", "segue"]
