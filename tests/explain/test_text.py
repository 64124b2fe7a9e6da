"""Each explanation is kept as a text in `expected`; SEGUE_UPDATE=1 writes them anew."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from explain.shop import ago, explained
from segue.runtime.explain.text import explanation_text

EXPECTED = Path(__file__).parent / "expected"

KEEN_MAIL = {
    "email_send": [ago(days=n) for n in range(1, 21)],
    "email_open": [ago(days=n) for n in range(1, 9)],
    "email_click": [ago(days=n) for n in (2, 3, 4)],
}

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "two_opens_short": ("keen", {"events": KEEN_MAIL}),
    "member": (
        "keen",
        {"events": {**KEEN_MAIL, "email_open": [ago(hours=n) for n in range(1, 13)]}},
    ),
    "nothing_known": ("keen", {}),
    "any_of_member": ("either", {"plan": "pro", "credit": Decimal(3)}),
    "any_of_other": ("either", {"plan": "free", "credit": Decimal("49.50")}),
    "named_conditions": ("lapsing", {}),
    "calendar_window_and_not": (
        "spender",
        {"plan": "free", "events": {"purchase": [{**ago(hours=3), "amount": Decimal(20)}]}},
    ),
    "personal_values_are_masked": (
        "paris",
        {
            "age": 17,
            "events": {"purchase": [{**ago(days=3), "amount": Decimal(1), "city": "Lyon"}]},
        },
    ),
    "choice": ("choosy", {"subscribed": True, "plan": "team"}),
    "the_same_for_everybody": ("everyone", {}),
    "other_segments": ("wide", {"events": KEEN_MAIL}),
}


@pytest.mark.parametrize("case", CASES)
def test_explanation(case: str, golden: Callable[[Path, str], None]) -> None:
    segment, given = CASES[case]
    text = explanation_text(explained(segment, **given)) + "\n"
    golden(EXPECTED / f"{case}.txt", text)


def test_personal_values_are_shown_on_demand() -> None:
    text = explanation_text(explained("paris", age=17), show_pii=True)
    assert "it is 17" in text
