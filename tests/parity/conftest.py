import os

import pytest

from parity import census
from parity.generate.cases import TALLY
from parity.verdict import COMPARISONS, WRITTEN


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if COMPARISONS:
        counts = ", ".join(f"{engine} {count:,}" for engine, count in COMPARISONS.items())
        terminalreporter.write_line(f"parity, values compared: {counts}")
        terminalreporter.write_line(
            f"parity, definitions discarded: {TALLY.rate:.1%} of {TALLY.written:,}"
        )
    if os.environ.get("SEGUE_PARITY_TABLE"):
        terminalreporter.write_line(census.table(WRITTEN))
