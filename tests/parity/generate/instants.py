"""Zones whose clocks jump, and instants of evaluation near the jumps."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from segue.compiler.plan.windows import DAY, Binding, to_microseconds

HOUR = DAY // 24


@dataclass(frozen=True, slots=True)
class Clock:
    """A zone and some wall-clock moments at which, or near which, it is interesting."""

    zone: str
    moments: tuple[str, ...]


CLOCKS = (
    Clock("UTC", ("2024-03-20T12:00", "2024-02-29T00:00", "2023-12-31T23:59:59.999999")),
    Clock("Europe/Paris", ("2024-03-31T02:30", "2024-10-27T02:30", "2024-03-31T23:59:59.999999")),
    # Midnight itself was skipped in spring, and came twice in autumn.
    Clock("America/Sao_Paulo", ("2018-11-04T00:00", "2018-02-18T00:00", "2017-10-15T01:00")),
    # 30 December 2011 never was.
    Clock("Pacific/Apia", ("2011-12-31T00:00", "2012-01-02T10:00", "2011-12-29T23:59:59")),
    Clock("Asia/Kolkata", ("2024-02-29T05:29:59.999999", "2024-01-01T00:00")),
    # Its clock moves by half an hour.
    Clock("Australia/Lord_Howe", ("2024-04-07T01:45", "2024-10-06T02:15")),
    Clock("America/New_York", ("2024-03-10T02:00", "2024-11-03T01:30", "2024-01-31T23:59:59")),
    Clock("Pacific/Kiritimati", ("1995-01-01T00:00", "2024-05-31T00:00")),
)
SHIFTS = (0, HOUR, DAY, 2 * DAY, 7 * DAY, 13 * DAY, 30 * DAY, 31 * DAY, 90 * DAY)
NUDGES = (0, 1, -1, 12 * HOUR, 999_999, -HOUR)


def binding(random: Random) -> Binding:
    """A zone and an `as_of` at or some whole days after one of its moments."""
    clock = random.choice(CLOCKS)
    zone = ZoneInfo(clock.zone)
    wall = datetime.fromisoformat(random.choice(clock.moments))
    start = to_microseconds(wall.replace(tzinfo=zone, fold=random.randrange(2)))
    return Binding(start + random.choice(SHIFTS) + random.choice(NUDGES), zone)
