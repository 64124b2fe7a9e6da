"""The LALR automaton: shifts tokens and reduces by rules until the end or the first error.

The tables are Lark's. The loop is our own for three reasons: a word is taken as a keyword only
where the grammar asks for it, chains of rules that make nothing (`sum: product: factor: atom`)
are jumped over at once, and an error leaves a state that recovery can go on from.
"""

from collections.abc import Callable, Sequence
from typing import Any

from segue.grammar.lexer import END, Token, split
from segue.grammar.span import NOWHERE, Span
from segue.grammar.tables import ACTIONS, BODIES, GOTOS, PHRASES, RULES
from segue.grammar.words import SOFT

Builder = Callable[..., Any]

# Where a chain of value-preserving rules ends: (state below, state reached, terminal) -> state.
# A pure function of the tables, worked out once per combination that occurs.
_SETTLED: dict[tuple[int, int, str], int] = {}
_PASSES = tuple(function == "" and length == 1 for _, length, function, _ in RULES)


class Machine:
    """A parse under way. `states`, `values` and `firsts` (first token of each value) are stacks."""

    __slots__ = ("builders", "context", "firsts", "index", "states", "tokens", "values")

    def __init__(self, tokens: list[Token], builders: Sequence[Builder | None], context: object):
        self.tokens = tokens
        self.builders = builders
        self.context = context
        self.index = 0
        self.states = [0]
        self.values: list[Any] = [None]
        self.firsts = [0]

    def run(self) -> bool:
        """Go on until the end (true) or a token that does not fit, left at `index` (false)."""
        tokens, states, values, firsts = self.tokens, self.states, self.values, self.firsts
        i = self.index
        state = states[-1]
        token = tokens[i]
        kind = token.kind
        while True:
            action = ACTIONS[state].get(kind)
            if action is None or (action < 0 and kind in _CHECKED and not accepts(states, kind)):
                action = self._otherwise(kind, i)
                if action is None:
                    self.index = i
                    return False
                token = tokens[i]
                kind = token.kind
            if action > 0:
                state = action
                states.append(state)
                values.append(token)
                firsts.append(i)
                i += 1
                token = tokens[i]
                kind = token.kind
            elif action == _ACCEPT:
                self.index = i
                return True
            else:
                state = self._reduce(-1 - action, i, kind)

    def _otherwise(self, kind: str, index: int) -> int | None:
        """What to do with a token that does not fit for what it looks like, if anything."""
        states, tokens = self.states, self.tokens
        if kind in PHRASES:
            words = split(tokens[index])
            if accepts(states, words[0].kind):
                tokens[index : index + 1] = words
                kind = words[0].kind
        if kind not in PHRASES and accepts(states, kind):
            return lookup(states[-1], kind)
        # An empty list of clauses fits before anything: errors come after it.
        return _OPENS.get(states[-1])

    def _reduce(self, rule: int, index: int, kind: str) -> int:
        """Replace the values a rule takes by what it makes; the state to go on from."""
        symbol, length, _, kept = RULES[rule]
        states, values, firsts = self.states, self.values, self.firsts
        if length:
            first = firsts[-length]
            taken = values[-length:]
            del values[-length:], states[-length:], firsts[-length:]
        else:
            first, taken = index, []
        builder = self.builders[rule]
        if builder is None:
            value = taken[kept[0]]
        else:
            span = self.span(first, index - 1)
            arguments = [taken[k] if k >= 0 else None for k in kept]
            value = builder(self.context, span, *arguments)
        below = states[-1]
        state = settle(below, GOTOS[below][symbol], kind)
        states.append(state)
        values.append(value)
        firsts.append(first)
        return state

    def finish(self, kind: str) -> None:
        """Make the reductions that a terminal would bring about, without taking it."""
        while True:
            action = lookup(self.states[-1], kind)
            if action is None or action >= 0 or action == _ACCEPT:
                return
            self._reduce(-1 - action, self.index, kind)

    def span(self, first: int, last: int) -> Span:
        """From the start of one token to the end of another."""
        start = self.tokens[first].span
        if first == last:
            return start
        if first > last:
            return NOWHERE
        end = self.tokens[last].span[2]
        return tuple.__new__(Span, (start[0], start[1], end, start[3], start[4]))

    def expected(self) -> set[str]:
        """The terminals that could stand where the parse stopped."""
        return {kind for kind in ACTIONS[self.states[-1]] if accepts(self.states, kind)}


_ACCEPT = -1 - next(i for i, rule in enumerate(RULES) if rule[0] == "start")
# Before these, what look-ahead promises is checked: merged states promise too much, and a wrong
# reduction would hide from the error message that, say, a list was under way.
_CHECKED = frozenset({"NAME", "PATH", "STRING", "NUMBER", "PERCENT", "DURATION"})
_LISTS = set(BODIES.values())
_OPENS = {
    state: action
    for state, row in enumerate(ACTIONS)
    for action in row.values()
    if action < 0 and RULES[-1 - action][1] == 0 and RULES[-1 - action][0] in _LISTS
}


def settle(below: int, state: int, kind: str) -> int:
    """Follow the rules that only pass a value on, as long as the next terminal asks for them."""
    key = (below, state, kind)
    settled = _SETTLED.get(key)
    if settled is None:
        settled = state
        while True:
            action = lookup(settled, kind)
            if action is None or action >= 0 or not _PASSES[-1 - action]:
                break
            settled = GOTOS[below][RULES[-1 - action][0]]
        _SETTLED[key] = settled
    return settled


def lookup(state: int, kind: str) -> int | None:
    """What to do in a state, a soft keyword counting as a name where it means nothing else."""
    row = ACTIONS[state]
    action = row.get(kind)
    return row.get("NAME") if action is None and kind in SOFT else action


def accepts(states: Sequence[int], kind: str) -> bool:
    """Whether a terminal really fits: LALR look-ahead alone promises too much."""
    stack = list(states)
    while True:
        action = lookup(stack[-1], kind)
        if action is None:
            return False
        if action > 0 or (action == _ACCEPT and kind == END):
            return True
        symbol, length, _, _ = RULES[-1 - action]
        if length:
            del stack[-length:]
        stack.append(GOTOS[stack[-1]][symbol])
