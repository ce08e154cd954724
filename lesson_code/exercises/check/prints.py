"""The output of an answer."""

import io

MOST = 400  # characters that are kept


class Prints(io.TextIOBase):
    """Keeps the first characters that are printed while it is open, and counts the lines."""

    def __init__(self):
        self.kept, self.lines, self.open = "", 0, True

    def write(self, words: str) -> int:
        if self.open:
            self.lines += words.count("\n")
            self.kept += words[: MOST - len(self.kept)]
        return len(words)

    @property
    def text(self) -> str:
        more = f"\n… {self.lines} lines in all" if self.lines > self.kept.count("\n") else ""
        return self.kept.rstrip("\n") + more
