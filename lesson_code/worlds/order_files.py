"""Files of orders that arrive in a folder, the inbox, one by one."""

from pathlib import Path


def count_orders(inbox: str, name: str) -> int:
    """Return the number of orders (lines) in a file; read.log notes each read.

    Raises FileNotFoundError as long as the file has not arrived.
    """
    file = Path(inbox, f"{name}.txt")
    if not file.exists():
        raise FileNotFoundError(f"{name}.txt has not arrived")
    with Path(inbox, "read.log").open("a", encoding="utf-8") as log:
        log.write(f"{name} ")
    return len(file.read_text(encoding="utf-8").splitlines())


def import_all(inbox: str, names: list[str]) -> int:
    return sum(count_orders(inbox, name) for name in names)
