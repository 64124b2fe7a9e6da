"""The option `--as-of`."""

from zoneinfo import ZoneInfo

from segue.runtime.as_of import EXPECTED, read_instant
from segue.runtime.refusal import Refusal

INSTANT = f"{EXPECTED} in the project's zone; default: now."


def instant_of(text: str, zone: str) -> int:
    """The instant that was written; `Refusal` for what is none."""
    moment = read_instant(text, ZoneInfo(zone))
    if moment is None:
        raise Refusal(f"`{text}` is no instant", f"write {EXPECTED}")
    return moment
