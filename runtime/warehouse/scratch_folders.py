"""Folders of working tables, for connections that have no temporary tables.

The name of a folder says the day on which it was begun. That of a connection that was killed is
swept away by others of later days.
"""

import time
from collections.abc import Callable

from segue.runtime.warehouse.folders import Folder

OLD_DAYS = 2
"""No command works with one folder for so many days."""
_PREFIX = ".scratch_"
_DAY = 86_400


def today() -> int:
    """Days since the epoch."""
    return int(time.time()) // _DAY


class ScratchFolder:
    """The folder of one connection, of which `token` is the name, in the folder of the stores."""

    def __init__(self, stores: Folder, token: str, day: Callable[[], int] = today) -> None:
        self._stores = stores
        self._token = token
        self._day = day
        self._begun = day()
        self._swept = False

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{_PREFIX}{self._begun}_{self._token}"

    def begin(self) -> None:
        """Before a working table is written: the folder of a later day, and old ones removed."""
        if self._begun != self._day() and not self._stores.inner(self.name).names():
            self.remove()
            self._begun, self._swept = self._day(), False
        if not self._swept:
            self._sweep()
            self._swept = True

    def remove(self) -> None:
        """Removes it, with what is in it."""
        self._stores.remove(self.name)

    def _sweep(self) -> None:
        for name in self._stores.names():
            day = name.removeprefix(_PREFIX).partition("_")[0]
            if name.startswith(_PREFIX) and day.isdigit() and int(day) <= self._day() - OLD_DAYS:
                self._stores.remove(name)
