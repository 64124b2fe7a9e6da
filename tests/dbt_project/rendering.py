"""What dbt makes of a model, without dbt: its Jinja with the few names that models use."""

import datetime as datetimes
from types import SimpleNamespace
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

STARTED = datetimes.datetime(2025, 11, 30, 9, 30, 0, 123456, tzinfo=datetimes.UTC)


def rendered(text: str, **variables: Any) -> str:
    """The SQL of a model; a table is called as the last part of what it is referred to by."""

    def name(*parts: str) -> str:
        return f'"{parts[-1]}"'

    environment = SandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    return environment.from_string(text).render(
        var=lambda name, default=None: variables.get(name, default),
        run_started_at=STARTED,
        modules=SimpleNamespace(
            datetime=SimpleNamespace(
                datetime=datetimes.datetime,
                timedelta=datetimes.timedelta,
                date=datetimes.date,
            ),
        ),
        ref=name,
        source=name,
    )
