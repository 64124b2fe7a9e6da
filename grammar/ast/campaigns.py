"""Items that act on segments and watch the outcome: campaigns and monitors."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from segue.grammar.ast.expressions import Expression, Name, Window
from segue.grammar.ast.node import Identifier, Node

ActionVerb: TypeAlias = Literal["send", "start", "stop", "do", "pause", "resume", "escalate"]


@dataclass(frozen=True, slots=True)
class Action(Node):
    """`send welcome_email after 2h when email_subscribed`; `pause` and its like need no target."""

    verb: ActionVerb
    target: Identifier | None = None
    after: Expression | None = None
    when: Expression | None = None


@dataclass(frozen=True, slots=True)
class Trigger(Node):
    """`on entry …`, `on exit …`, `on engagement_score >= 8 …`: when a campaign acts."""

    moment: Literal["entry", "exit"] | Expression
    action: Action


@dataclass(frozen=True, slots=True)
class Limit(Node):
    """`1 per 7d`: at most so many messages in so much time."""

    count: Expression
    period: Expression


@dataclass(frozen=True, slots=True)
class Content(Node):
    """`content for a, b { subject … }`; `audience` is empty for `content otherwise`."""

    audience: tuple[Name, ...]
    subject: Expression | None = None
    preview: Expression | None = None
    body: Expression | None = None
    cta: Expression | None = None
    send_time: Expression | None = None
    tokens: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Campaign(Node):
    """`campaign name "title" { audience … on … limit … holdout … content … }`."""

    name: Identifier
    audience: tuple[Name, ...]
    triggers: tuple[Trigger, ...] = ()
    limit: Limit | None = None
    holdout: Expression | None = None
    contents: tuple[Content, ...] = ()
    title: str | None = None
    tags: tuple[Identifier, ...] = ()
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Finding(Node):
    """`recommend high "text" when …`, `alert critical when …`: what a monitor says, and when."""

    kind: Literal["recommend", "alert"]
    level: Identifier
    when: Expression
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Monitor(Node):
    """`monitor segment "title" { measure … control … over … baseline … recommend … alert … }`."""

    segment: Name
    measures: tuple[Name, ...]
    control: Identifier | None = None
    window: Window | None = None
    baseline: Window | None = None
    findings: tuple[Finding, ...] = ()
    title: str | None = None
    tags: tuple[Identifier, ...] = ()
    owner: str | None = None
