"""The requests of Trino's driver, which sends one again that failed on its way.

For the pieces of a result that is right: they may be asked for twice. A statement may have
arrived before the answer was lost, and is not sent twice.
"""

from typing import Any

import requests
from trino.exceptions import TrinoConnectionError
from urllib3.exceptions import NewConnectionError

BEHIND_A_PROXY = (502, 504)
"""Of a proxy that got no answer from the server: what it was asked may have been done."""


class StatementsOnce(requests.Session):  # type: ignore[misc]  # it has no types of its own
    """A session whose statements are sent again only where the server cannot have had them."""

    def post(self, *given: Any, **named: Any) -> requests.Response:
        """Sends a statement; what the driver would send again is raised as what it would not."""
        try:
            answer = super().post(*given, **named)
        except (requests.ConnectionError, requests.Timeout) as error:
            if _never_arrived(error):
                raise
            raise TrinoConnectionError(f"the answer to a statement was lost: {error}") from error
        if answer.status_code in BEHIND_A_PROXY or (answer.ok and not answer.content):
            raise TrinoConnectionError(
                f"a statement was answered by {answer.status_code} and nothing else"
            )
        return answer


def _never_arrived(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError)
