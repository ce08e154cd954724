"""Random scripts of the commands that RQ, ARQ and the lesson send, by several clients.

A script is a list of steps like "b SET s1 x EX 100": a client, and the words of its command. The
step "wait" lets each time to live of LIFE milliseconds run out.
"""

import re
from random import Random

from tests.command_templates import FILLED, KEYS, LIFE, TEMPLATES, VALUES, gaps

CLIENTS, WAIT = "abc", "wait"
IN_TRANSACTIONS = {"WATCH", "UNWATCH", "MULTI", "EXEC", "DISCARD"}


class Writer:
    """Writes one script. It uses few types of keys, so that the clients meet at the same keys."""

    def __init__(self, luck: Random):
        self.luck = luck
        self.kinds = luck.sample([*KEYS], luck.choice([1, 1, 2, 3]))
        self.keys = [key for kind in self.kinds for key in KEYS[kind]]
        others = {*KEYS} - {*self.kinds}
        self.templates = [one for one in TEMPLATES if not gaps(one) & others]
        self.own = [one for one in self.templates if gaps(one) & {*self.kinds}]

    def script(self) -> list[str]:
        """Return what each client does, in one order."""
        luck, steps = self.luck, self.beginning()
        left = [
            [words for _ in range(luck.randint(1, 4)) for words in self.part()] for _ in CLIENTS
        ]
        while able := [number for number, words in enumerate(left) if words]:
            number = luck.choice(able)
            steps.append(f"{CLIENTS[number]} {left[number].pop(0)}")
        ends = [at for at, step in enumerate(steps, 1) if LIFE in step]
        if ends and luck.random() < 0.5:
            steps.insert(luck.randint(ends[0], len(steps)), WAIT)
        return steps

    def beginning(self) -> list[str]:
        """Return commands that fill some keys, of which some live for LIFE."""
        filled = [FILLED[kind] for kind in self.kinds if self.luck.random() < 0.7]
        dying = [words.split()[1] for words in filled if self.luck.random() < 0.4]
        return [f"a {words}" for words in (*filled, *(f"PEXPIRE {key} {LIFE}" for key in dying))]

    def part(self) -> list[str]:
        """Return a command, or a transaction as RQ and ARQ send it: some keys may be watched."""
        luck = self.luck
        if luck.random() < 0.4:
            return [self.command()]
        watched = luck.choices(self.keys, k=luck.choice([0, 1, 1, 2]))
        watch = [f"WATCH {' '.join(watched)}"] if watched else []
        before = [self.command() for _ in range(luck.randint(0, 2))]
        leave = ["UNWATCH"] if luck.random() < 0.05 else []
        inside = [self.command() for _ in range(luck.randint(0, 3))]
        end = "EXEC" if luck.random() < 0.8 else "DISCARD"
        return [*watch, *before, *leave, "MULTI", *inside, end]

    def command(self) -> str:
        template = self.luck.choice(self.own if self.luck.random() < 0.7 else self.templates)
        return re.sub(r"\{\w+\}", self._value, template)

    def _value(self, gap: re.Match) -> str:
        """Return a key or a value. Now and then a key is of the wrong type."""
        wrong = gap[0] in KEYS and self.luck.random() < 0.05
        if gap[0] == "{any}" or (wrong and "{x}" not in self.kinds):  # see KEYS
            return self.luck.choice(self.keys)
        return self.luck.choice(KEYS.get(gap[0]) or VALUES[gap[0]])


def random_script(number: int) -> list[str]:
    """Return the script of this number, always the same."""
    return Writer(Random(f"commands {number}")).script()
