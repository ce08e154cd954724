"""The sends of a worker: its writes as text, and which of them count.

A send is one write of a client: one command, one transaction or one pipeline. These do not count:
the greetings of a new connection, what the engine repeats by the clock (its *beat*), and a poll
right after a poll.
"""

import re

GREETING = re.compile(
    r"(HELLO|AUTH|SELECT|CLIENT|PING|COMMAND|QUIT|UNSUBSCRIBE|PUNSUBSCRIBE|SCRIPT)\b"
)
CHANGING = re.compile(  # ids and times, which differ from run to run
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}|[0-9a-f]{16,40}"
    r"|\d{9,}(\.\d+)?"
)
SCRIPTED = ("EVAL", "FCAL")


def parse(data: bytes) -> tuple[list[list[bytes]], bytes]:
    """Return the commands in `data`, and the rest that is not yet a whole command."""
    commands, at = [], 0
    while at < len(data):
        start = at
        try:
            count, at = _number(data, at)
            words = []
            for _ in range(count):
                size, at = _number(data, at)
                if at + size + 2 > len(data):
                    return commands, data[start:]
                words.append(data[at : at + size])
                at += size + 2
        except ValueError:  # no end of line yet
            return commands, data[start:]
        commands.append(words)
    return commands, b""


class Commands:
    """Reads what a Redis client writes on one connection."""

    def __init__(self) -> None:
        self._rest = b""

    def read(self, data: bytes) -> list[str]:
        """Return the commands that end in `data`, as text."""
        commands, self._rest = parse(self._rest + data)
        return [text(words) for words in commands]


def _number(data: bytes, at: int) -> tuple[int, int]:
    end = data.index(b"\r\n", at)
    return int(data[at + 1 : end]), end + 2


def text(words: list[bytes]) -> str:
    """Return the first words of a command as text, with ids and times as `*`."""
    said = [word[:60].decode("ascii", "replace") for word in words[:5]]
    line = CHANGING.sub("*", " ".join([said[0].upper(), *said[1:]]))[:90]
    return "".join(c if c.isascii() and c.isprintable() else "~" for c in line)


def plan(send: str) -> str:
    """Return a send's commands and their first keys: what is the same in each run."""
    return " + ".join(
        " ".join(part.split(" ")[: 5 if part[:4] in SCRIPTED else 2]) for part in send.split(" + ")
    )


class Tally:
    """The sends that count, from the first that matches `first` on; `greeting` never counts.

    Each is noted with the size of the file of effects when it went out.
    """

    def __init__(
        self, first: str = "", poll: str = "", beat: str = "", greeting: re.Pattern = GREETING
    ):
        self.first, self.poll, self.beat = (
            re.compile(p) if p else None for p in (first, poll, beat)
        )
        self.greeting = greeting
        self.armed = self.first is None
        self.polled = False
        self.sends: list[tuple[str, int]] = []

    def take(self, said: list[str], size: int) -> tuple[bool, bool]:
        """Note a write. Return whether it counts, and whether it is a sign of work."""
        if not self.armed:
            self.armed = any(self.first.match(one) for one in said)
        if all(self.greeting.match(one) or self._beats(one) for one in said):
            return False, False
        poll = bool(self.poll) and all(self.poll.match(one) for one in said)
        repeated, self.polled = poll and self.polled, poll
        if not self.armed or repeated:
            return False, not poll
        if said[0] != "MULTI":
            said = [one for one in said if not self._beats(one)] or said
        self.sends.append((" + ".join(said), size))
        return True, not poll

    def _beats(self, one: str) -> bool:
        return bool(self.beat and self.beat.match(one))
