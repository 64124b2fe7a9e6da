"""The store that history is read from."""

from segue.runtime.membership.store import Store
from segue.runtime.refusal import Refusal


def check_written(store: Store) -> None:
    """Refuses a warehouse in which no run has written anything."""
    if not store.exists():
        raise Refusal(
            f"no run has written to the schema `{store.schema}` of this warehouse",
            "history begins with the first `segue run`",
        )


def has_stages(store: Store) -> bool:
    """Whether a run has ever moved anybody through a lifecycle."""
    return store.warehouse.has_table(store.table("stages"))
