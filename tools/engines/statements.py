"""The statements that a PostgreSQL client writes on a connection, each told by its verb and table.

They are read from the client's messages: a simple query, or Parse, Bind and Execute. What a client
only prepares is not told until it is executed.
"""

import re

COMMENT = re.compile(r"--.*")
VERB = re.compile(r'\b(INSERT(?= INTO)|UPDATE(?= [\w."]+ SET)|DELETE(?= FROM))', re.IGNORECASE)
TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE|LISTEN) ([\w."]+)( ?\()?', re.IGNORECASE)
CALLED = re.compile(r"\b(?!unnest\b)(\w+) ?\(", re.IGNORECASE)
SELECTED, SET = re.compile(r"(\w+)(?=,| $)"), re.compile(r"(\w+) ?=")  # columns
RELEASE = re.compile(r"_v\d+$")  # of a stored function
SHOWN = 3  # of the columns
GREETING = re.compile(r"(BEGIN|COMMIT|ROLLBACK|SET|SHOW|SAVEPOINT|RELEASE|DEALLOCATE)?$")


def told(statement: str) -> str:
    """Return a statement as its verb, its table and its first columns, or as its function.

    It is "UPDATE jobs status worker", or "SELECT fetch_job", without values.
    """
    line = " ".join(COMMENT.sub("", statement).split()).rstrip("; ")
    verb = line.partition(" ")[0].upper()
    if verb == "WITH":
        changes = VERB.search(line)
        verb = changes[1].upper() if changes else "SELECT"
    table = TABLE.search(line)
    found = table or (CALLED.search(line) if verb == "SELECT" else None)
    if not found:
        return verb
    columns: list[str] = []
    if verb == "UPDATE":
        columns = SET.findall(line.partition(" WHERE ")[0])
    elif verb == "SELECT" and table and not table[2]:
        columns = SELECTED.findall(line[: table.start()])
    name = RELEASE.sub("", found[1].replace('"', "").rpartition(".")[2])
    return " ".join([verb, name, *columns[:SHOWN]])


class Statements:
    """Reads what a client writes on one connection.

    The end of a transaction is told with its last statement: "COMMIT UPDATE jobs".
    """

    def __init__(self) -> None:
        self._rest = b""
        self._prepared: dict[bytes, str] = {}
        self._bound = self._last = ""

    def read(self, data: bytes) -> list[str]:
        """Return the statements that are executed in `data`, after what was left of the last."""
        data, found = self._rest + data, []
        while message := _first(data):
            kind, body, data = message
            if kind == b"Q":
                found.append(self._executed(body[:-1].decode()))
            elif kind == b"P":
                name, statement, _ = body.split(b"\0", 2)
                self._prepared[name] = statement.decode()
            elif kind == b"B":
                self._bound = self._prepared[body.split(b"\0", 2)[1]]
            elif kind == b"E":
                found.append(self._executed(self._bound))
        self._rest = data
        return found

    def _executed(self, statement: str) -> str:
        said = told(statement)
        if said in ("COMMIT", "ROLLBACK"):
            said, self._last = f"{said} {self._last}".rstrip(), ""
        elif not GREETING.match(said):
            self._last = said
        return said


def _first(data: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Return the kind and the body of the first message, and what follows; None if it is cut.

    The first message of a connection has no letter for its kind.
    """
    kind = data[:1].strip(b"\0")
    head = len(kind) + 4
    size = len(kind) + int.from_bytes(data[len(kind) : head])
    whole = len(data) >= head and len(data) >= size
    return (kind, data[head:size], data[size:]) if whole else None
