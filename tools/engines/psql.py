"""A psql that lives on, since a look at the state of an engine is taken many times a second."""

import os
import subprocess

END = ".end."  # what it prints after an answer
QUIET = "-c client_min_messages=error"


class AskFailed(Exception):
    """The error for a statement that the server refused; the message has its words."""


class Psql:
    """A connection to a database, with `words` as its command. Close it, or its process stays."""

    def __init__(self, words: list):
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True, env=os.environ | {"PGOPTIONS": QUIET},
        )  # fmt: skip

    def ask(self, *statements: str) -> list[list[str]]:
        """Return the rows of these statements, each a list of texts. Raises AskFailed."""
        for one in statements:
            print(one if one.startswith("\\") else f"{one};", file=self._process.stdin)
        print(f"\\echo {END}", file=self._process.stdin, flush=True)
        rows = []
        while (line := self._process.stdout.readline().rstrip("\n")) != END:
            if not line and self._process.poll() is not None:
                raise AskFailed(" ".join("|".join(row) for row in rows))
            rows.append(line.split("|"))
        return rows

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
