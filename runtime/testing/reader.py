"""Takes values out of a YAML tree, and notes what does not fit."""

from collections.abc import Callable, Iterable, Sequence

from segue.compiler.catalog.yaml_tree import Mapping, Scalar, Tree
from segue.compiler.catalog.yaml_tree import Sequence as List
from segue.grammar.codes import Code
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.span import Span
from segue.grammar.suggestions import did_you_mean
from segue.runtime.testing import codes

Note = Callable[[Diagnostic], None]


class Reader:
    """Reads parts of a test file."""

    def __init__(self, note: Note) -> None:
        self._note = note

    def report(self, code: Code, message: str, span: Span, help: str = "") -> None:
        """Notes a finding."""
        self._note(Diagnostic(code.id, message, span, help=help))

    def mapping(self, node: Tree, what: str, span: Span) -> Mapping | None:
        """The node as keys with values; nothing (`given:`) is none of them."""
        if isinstance(node, Mapping):
            return node
        if isinstance(node, Scalar) and node.data() is None:
            return Mapping(node.span)
        self.report(codes.WRONG_SHAPE, f"{what} should be keys with values", head(node, span))
        return None

    def sequence(self, node: Tree, what: str, span: Span) -> Sequence[Tree]:
        """The node as a list."""
        if isinstance(node, List):
            return node.items
        self.report(
            codes.WRONG_SHAPE,
            f"{what} should be a list",
            head(node, span),
            f"write `[{node.text}]`" if isinstance(node, Scalar) and node.text else "",
        )
        return ()

    def keys(
        self,
        node: Mapping,
        known: Iterable[str],
        what: str,
        elsewhere: dict[str, str] | None = None,
    ) -> None:
        """Reports keys that are not known; `elsewhere` says where some of them belong."""
        known = tuple(known)
        for key, span in node.keys.items():
            if key not in known:
                help = (
                    (elsewhere or {}).get(key)
                    or did_you_mean(key, known)
                    or f"known here: {', '.join(known)}"
                )
                self.report(codes.UNKNOWN_KEY, f"{what} has no `{key}`", span, help)

    def known(
        self, name: str, span: Span, names: Iterable[str], what: str, owner: str = ""
    ) -> bool:
        """Whether a name is one of those there are; reports it otherwise.

        `owner` is what they belong to, where that is not the project.
        """
        names = tuple(names)
        if name in names:
            return True
        of = f" of {owner}" if owner else ""
        listed = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
        help = did_you_mean(name, names) or (f"there are {listed}" if names else "there is none")
        self.report(codes.UNKNOWN_NAME, f"there is no {what} `{name}`{of}", span, help)
        return False

    def names(self, node: Tree, what: str, span: Span) -> dict[str, Span]:
        """A list of words, each with its place."""
        found: dict[str, Span] = {}
        for item in self.sequence(node, what, span):
            if isinstance(item, Scalar) and isinstance(item.data(), str):
                found[item.text] = item.span
            else:
                self.report(codes.WRONG_SHAPE, f"{what} should list names", head(item, span))
        return found


def head(node: Tree, key: Span) -> Span:
    """Where to point for a value of the wrong shape: at itself, or at its key."""
    return node.span if isinstance(node, Scalar) and node.text else key
