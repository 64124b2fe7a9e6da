"""`segue.yml`: where a project keeps its catalog, rules and tests, and which warehouses it has.

Text in, settings or findings out; nothing is opened here, and the environment is read only
when a target is used, so that `segue check` needs no password.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from segue.compiler.catalog.type_text import ColumnType
from segue.compiler.catalog.values import read_value
from segue.compiler.catalog.yaml_tree import Mapping as YamlMapping
from segue.compiler.catalog.yaml_tree import Scalar, Sequence, Tree, read_yaml
from segue.compiler.lint.policy import Policy
from segue.compiler.types import DURATION
from segue.grammar.codes import Code
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.span import NOWHERE, Span
from segue.grammar.suggestions import did_you_mean
from segue.runtime import codes
from segue.runtime.warehouse.engines import ENGINES, engine_called

_KEYS = (
    *("catalog", "rules", "tests", "ignore", "target", "targets"),
    *("actions", "templates", "lint"),
)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_SECRETS = "|".join(sorted({s for e in ENGINES.values() for s in e.secret}))
# What is spelled wrong is shown with its value, which is no less secret.
_LIKE_SECRETS = r"\w*(?:pass?w|passphrase|pwd|secret|token|credential)\w*"
_PASSWORD = re.compile(
    r"(?<=://)([^:/@\s]*:)([^\s\"']+)(?=@)"
    rf"|(\b(?:{_SECRETS}|{_LIKE_SECRETS})[\"']?\s*[:=]\s*)(\"[^\"\n]*\"|'[^'\n]*'|[^\s,}}\"']+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of a target as written, and where; it may name environment variables."""

    text: str = field(repr=False)
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """A warehouse as `segue.yml` describes it, before variables are filled in."""

    name: str
    engine: str
    settings: Mapping[str, Setting] = field(default_factory=dict)

    @property
    def dialect(self) -> str:
        """The SQL that its engine is sent."""
        return ENGINES[self.engine].dialect


@dataclass(frozen=True, slots=True)
class Target:
    """A warehouse to connect to: its engine and settings, variables filled in.

    Settings may hold passwords: they take no part in `repr`.
    """

    name: str
    engine: str
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of a project; the defaults are those of a project without `segue.yml`.

    `actions` are the actions that somebody can carry out, where the project lists them, and
    `templates` is the folder of the templates that messages are made from.
    """

    catalog: str = "catalog.yml"
    rules: str = "."
    tests: tuple[str, ...] = ("tests",)
    ignore: tuple[str, ...] = ()
    target: str | None = None
    targets: Mapping[str, TargetSettings] = field(default_factory=dict)
    actions: tuple[str, ...] | None = None
    templates: str | None = None
    lint: Policy = field(default_factory=Policy)


def read_configuration(text: str, path: str) -> tuple[Configuration, list[Diagnostic]]:
    """The settings, as far as they can be read, and all that is wrong with them."""
    tree, diagnostics = read_yaml(text, path)
    reader = _Reader(diagnostics.append)
    if isinstance(tree, Scalar) and tree.data() is None:
        tree = None  # An empty file: every default.
    if tree is not None and not isinstance(tree, YamlMapping):
        reader.report(
            codes.WRONG_SETTING,
            "`segue.yml` should be settings by name",
            tree.span,
            "for example `catalog: shop.yml`",
        )
        tree = None
    configuration = reader.configuration(tree) if tree is not None else Configuration()
    diagnostics.sort(key=lambda d: (d.span.start, d.code, d.message))
    return configuration, diagnostics


def fill_in(
    target: TargetSettings, environment: Mapping[str, str]
) -> tuple[Target, list[Diagnostic]]:
    """The target with its variables filled in, and a finding for each that is not set."""
    unset: list[Diagnostic] = []

    def value(setting: Setting) -> str:
        def replace(match: re.Match[str]) -> str:
            name, otherwise = match[1], match[2]
            # As in a shell, what is empty is not set: an empty address would be that of a server
            # which nobody named.
            found = environment.get(name) or otherwise
            if found is None:
                how = "empty" if name in environment else "not set"
                unset.append(
                    Diagnostic(
                        codes.UNSET_VARIABLE.id,
                        f"the environment variable `{name}` is {how}",
                        setting.span,
                        label=f"target `{target.name}` needs it",
                        help=f"set it, as in `export {name}=…`, or choose another target",
                    )
                )
            return found or ""

        return _VARIABLE.sub(replace, setting.text)

    settings = {key: value(setting) for key, setting in target.settings.items()}
    return Target(target.name, target.engine, settings), unset


def read_timeout(text: str) -> int | None:
    """The microseconds of `10min`; None for what is no length of time, or none at all."""
    value = read_value(Scalar(text.strip(), True, NOWHERE), ColumnType(DURATION))
    return value if isinstance(value, int) and value > 0 else None


def without_passwords(text: str) -> str:
    """The text with what looks like a password starred out, everything else in its place."""
    return _PASSWORD.sub(
        lambda m: (
            (m[1] or m[3] or "") + "*" * len(m[2] or m[4] or "") if "${" not in m[0] else m[0]
        ),
        text,
    )


class _Reader:
    """Takes the settings out of the tree, and notes what does not fit."""

    def __init__(self, note: Callable[[Diagnostic], None]) -> None:
        self.note = note

    def report(self, code: Code, message: str, span: Span, help: str = "") -> None:
        self.note(Diagnostic(code.id, message, span, help=help))

    def configuration(self, tree: YamlMapping) -> Configuration:
        default = Configuration()
        self._unknown_keys(tree, _KEYS, "`segue.yml`")
        targets = self._targets(tree)
        return Configuration(
            catalog=self._text(tree, "catalog") or default.catalog,
            rules=self._text(tree, "rules") or default.rules,
            tests=self._texts(tree, "tests") or default.tests,
            ignore=self._texts(tree, "ignore"),
            target=self._default_target(tree, targets),
            targets=targets,
            actions=self._texts(tree, "actions") if "actions" in tree.keys else None,
            templates=self._text(tree, "templates"),
            lint=self._lint(tree),
        )

    def _lint(self, tree: YamlMapping) -> Policy:
        node = tree.values.get("lint")
        if node is None:
            return Policy()
        # Knows all rules: only for those who have something to say about them.
        from segue.runtime.lint.settings import read_policy

        return read_policy(node, tree.keys["lint"], self.note)

    def _unknown_keys(self, tree: YamlMapping, known: tuple[str, ...], where: str) -> None:
        for key, span in tree.keys.items():
            if key not in known:
                self.report(
                    codes.UNKNOWN_SETTING,
                    f"{where} has no setting `{key}`",
                    span,
                    _other_setting(key, tree, known)
                    or did_you_mean(key, known)
                    or f"known here: {', '.join(known)}",
                )

    def _text(self, tree: YamlMapping, key: str) -> str | None:
        node = tree.values.get(key)
        if node is None:
            return None
        if isinstance(node, Scalar) and node.text and node.data() is not None:
            return node.text
        self.report(codes.WRONG_SETTING, f"`{key}` should be a text", _head(tree, key, node))
        return None

    def _texts(self, tree: YamlMapping, key: str) -> tuple[str, ...]:
        """A text, or a list of them."""
        node = tree.values.get(key)
        if node is None:
            return ()
        items = node.items if isinstance(node, Sequence) else [node]
        texts = [i.text for i in items if isinstance(i, Scalar) and i.text]
        if len(texts) < len(items):
            self.report(
                codes.WRONG_SETTING,
                f"`{key}` should be a text or a list of texts",
                _head(tree, key, node),
            )
        return tuple(texts)

    def _default_target(
        self, tree: YamlMapping, targets: Mapping[str, TargetSettings]
    ) -> str | None:
        name = self._text(tree, "target")
        if name is None:
            return next(iter(targets)) if len(targets) == 1 else None
        node = tree.values.get("targets")
        written = tuple(node.keys) if isinstance(node, YamlMapping) else ()
        if name not in written:
            self.report(
                codes.UNKNOWN_TARGET,
                f"there is no target `{name}`",
                tree.values["target"].span,
                f"the targets are {', '.join(written)}" if written else "describe it in `targets`",
            )
        return name

    def _targets(self, tree: YamlMapping) -> dict[str, TargetSettings]:
        node = tree.values.get("targets")
        if node is None or (isinstance(node, Scalar) and node.data() is None):
            return {}
        if not isinstance(node, YamlMapping):
            self.report(
                codes.WRONG_SETTING,
                "`targets` should be warehouses by name",
                _head(tree, "targets", node),
                "for example `dev: {engine: duckdb, path: shop.duckdb}`",
            )
            return {}
        found = {name: self._target(name, node) for name in node.values}
        return {name: target for name, target in found.items() if target is not None}

    def _target(self, name: str, targets: YamlMapping) -> TargetSettings | None:
        node, span = targets.values[name], targets.keys[name]
        engine = node.values.get("engine") if isinstance(node, YamlMapping) else None
        if not isinstance(node, YamlMapping) or not isinstance(engine, Scalar):
            example = "for example `{engine: duckdb, path: shop.duckdb}`"
            if isinstance(node, YamlMapping) and "type" in node.keys:
                span, example = node.keys["type"], "it is called `engine` here, not `type`"
            self.report(codes.BAD_TARGET, f"target `{name}` needs its `engine`", span, example)
            return None
        if engine.text not in ENGINES:
            message = f"there is no engine `{engine.text}`"
            self.report(codes.BAD_TARGET, message, engine.span, _other_engine(engine.text))
            return None
        allowed, needed = ENGINES[engine.text].settings, set(ENGINES[engine.text].needed)
        self._unknown_keys(node, ("engine", *sorted(allowed)), f"target `{name}`")
        # A key by another name is told what it is called here.
        meant = {key if key in allowed else _OTHER_SETTINGS.get(key, key) for key in node.keys}
        missing = ", ".join(f"`{key}`" for key in sorted(needed - meant))
        if missing:
            self.report(
                codes.BAD_TARGET,
                f"target `{name}` needs {missing} to reach {engine.text}",
                span,
                f"add {missing}; docs/running.md has what each engine is told",
            )
        settings = {
            key: Setting(text, node.values[key].span)
            for key in node.values
            if key in allowed and (text := self._text(node, key)) is not None
        }
        self._timeout(settings.get("timeout"))
        return TargetSettings(name, engine.text, settings)

    def _timeout(self, setting: Setting | None) -> None:
        if setting is None or "${" in setting.text:
            return
        if read_timeout(setting.text) is None:
            self.report(
                codes.WRONG_SETTING,
                f"`timeout` should be a length of time, not `{without_passwords(setting.text)}`",
                setting.span,
                "for example `timeout: 10min`",
            )


# What a target calls what other tools call otherwise.
_OTHER_SETTINGS = {
    **dict.fromkeys(("file", "filename", "database", "db", "db_path"), "path"),
    **dict.fromkeys(("url", "uri", "connection_string", "conninfo"), "dsn"),
}


def _other_engine(name: str) -> str:
    """Which engine may be meant by a name that none has."""
    meant = engine_called(name)
    if meant is not None:
        return f"write `{meant.name}`"
    if name == "athena":
        return "there are no runs on it; `segue compile --dialect athena` writes its SQL"
    return did_you_mean(name, ENGINES) or f"the engines are {', '.join(ENGINES)}"


def _other_setting(key: str, tree: YamlMapping, known: tuple[str, ...]) -> str:
    meant = _OTHER_SETTINGS.get(key, key)
    return f"write `{meant}`" if meant in known and meant not in tree.keys else ""


def _head(tree: YamlMapping, key: str, node: Tree) -> Span:
    """Where to point for a value of the wrong shape: at itself, or at its key."""
    return node.span if isinstance(node, Scalar) and node.text else tree.keys[key]
