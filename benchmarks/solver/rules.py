"""Random segments over the demo shop: two to four conditions each, alike enough to be compared."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

CATALOG = Path(__file__).parents[2] / "rulesets" / "behavioral" / "catalog.yml"
FILES = 20

EVENTS = (
    *("email_open", "email_click", "page_view", "product_view", "cart_add", "purchase"),
    *("feature_use", "support_ticket", "referral"),
)
FILTERS = {
    "email_open": ('device == "mobile"',),
    "page_view": ('page == "pricing"', 'path starts with "/product"', "duration >= 30s"),
    "cart_add": ('category == "books"', "price >= 20.00"),
    "purchase": ('category == "games"', "amount >= 50.00", "quantity >= 2"),
}
VALUES = ("purchase.amount", "cart_add.price", "page_view.duration")
ATTRIBUTES = (
    "email_subscribed",
    'plan == "pro"',
    'plan in ["pro", "team"]',
    'country == "FR"',
    'channel == "referral"',
    "age(signed_up_at) <= 90d",
    "age(signed_up_at) > 365d",
)
WINDOWS = ("7d", "14d", "30d", "60d", "90d", "180d")


def write_rules(root: Path, segments: int, seed: int = 1) -> None:
    """A project of its own: the catalog of the demo shop and random segments in 20 files."""
    root.mkdir(parents=True)
    (root / "catalog.yml").write_text(CATALOG.read_text("utf-8"), "utf-8")
    random = Random(seed)
    written = [segment(f"segment_{number}", random) for number in range(segments)]
    for number in range(FILES):
        text = "\n".join(written[number::FILES])
        (root / f"rules_{number}.seg").write_text(text, "utf-8")


def segment(name: str, random: Random) -> str:
    """The text of a segment."""
    parts = dict.fromkeys(_condition(random) for _ in range(random.randint(2, 4)))
    condition = "\n   and ".join(parts)
    return f"segment {name} {{\n  when {condition}\n}}\n"


def change_one(root: Path) -> None:
    """Changes the first segment of one file: to another that no segment is like."""
    file = root / "rules_3.seg"
    first, *others = file.read_text("utf-8").split("\n\n")
    changed = segment("segment_3", Random(file.read_text("utf-8")))
    assert changed.strip() != first.strip()
    file.write_text("\n".join((changed, *others)), "utf-8")


def _condition(random: Random) -> str:
    shape = random.random()
    if shape < 0.08:
        return f"({_atom(random)} or {_atom(random)})"
    if shape < 0.16:
        return f"not {_exists(random)}"
    return _atom(random)


def _atom(random: Random) -> str:
    return next(_atoms(random.random(), random))


def _atoms(shape: float, random: Random) -> Iterator[str]:
    event, window = random.choice(EVENTS), random.choice(WINDOWS)
    if shape < 0.35:
        least = random.choice((1, 2, 3, 5, 10))
        yield f"count({_rows(event, random)} over last {window}) >= {least}"
    if shape < 0.45:
        yield f"count({_rows(event, random)} over last {window}) < {random.choice((1, 3, 5))}"
    if shape < 0.55:
        value = random.choice(VALUES)
        total = "600s" if value == "page_view.duration" else f"{random.choice((50, 100, 500))}.00"
        yield f"sum({value} over last {window}) >= {total}"
    if shape < 0.65:
        yield f"age(last({event}.at)) <= {window}"
    if shape < 0.75:
        yield _exists(random)
    if shape < 0.8:
        yield f"exists(cart_add not followed by purchase within 24h over last {window})"
    if shape < 0.85:
        shares = random.choice((10, 15, 20))
        yield (
            f"count(email_click over last {window}) / count(email_send over last {window})"
            f" >= {shares}%"
        )
    yield random.choice(ATTRIBUTES)


def _exists(random: Random) -> str:
    return f"exists({_rows(random.choice(EVENTS), random)} over last {random.choice(WINDOWS)})"


def _rows(event: str, random: Random) -> str:
    filters = FILTERS.get(event, ())
    return f"{event} where {random.choice(filters)}" if filters and random.random() < 0.4 else event
