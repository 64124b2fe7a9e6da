"""Where the catalog declares what rules speak of."""

from collections.abc import Iterator, Mapping

from segue.compiler.catalog.model import Catalog
from segue.compiler.index.targets import Target, TargetKind, event, property_of
from segue.grammar.span import Span


def catalog_places(catalog: Catalog) -> Mapping[Target, Span]:
    """The place in the catalog of the entity and its attributes, of events and properties.

    The key and the time of an event have no line of their own: theirs is what they belong to.
    """
    return dict(_places(catalog))


def _places(catalog: Catalog) -> Iterator[tuple[Target, Span]]:
    entity = catalog.entity
    yield Target(TargetKind.ENTITY, entity.name), entity.span
    yield Target(TargetKind.KEY, entity.key.name), entity.span
    for name, attribute in entity.attributes.items():
        yield Target(TargetKind.ATTRIBUTE, name), attribute.span
    for name, declared in catalog.events.items():
        yield event(name), declared.span
        yield property_of(name, "at"), declared.span
        for key, value in declared.properties.items():
            yield property_of(name, key), value.span
