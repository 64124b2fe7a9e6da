"""What tests of scores share."""

import pytest


@pytest.fixture
def few_replicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intervals from fewer replicates than a user gets: they take most of the time."""
    monkeypatch.setattr("segue.runtime.scores.metrics.REPLICATES", 40)
