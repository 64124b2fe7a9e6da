"""What a test gives, as the Python backend takes it."""

from segue.compiler.catalog.model import Catalog
from segue.compiler.python.profile import Profile, profile_of_rows
from segue.runtime.testing.model import Given


def profile_of(given: Given, catalog: Catalog) -> Profile:
    """The entity and its events; a row is of every event of its table that it fits."""
    return profile_of_rows(given.attributes, given.rows, catalog)
