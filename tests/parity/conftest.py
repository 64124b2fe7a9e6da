import pytest

from parity.generate.cases import TALLY
from parity.verdict import COMPARISONS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if COMPARISONS:
        counts = ", ".join(f"{engine} {count:,}" for engine, count in COMPARISONS.items())
        terminalreporter.write_line(f"parity, values compared: {counts}")
        terminalreporter.write_line(
            f"parity, definitions discarded: {TALLY.rate:.1%} of {TALLY.written:,}"
        )
