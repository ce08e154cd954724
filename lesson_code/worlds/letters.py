"""The letters that an office gets, and those that it sends."""

from lesson_code.worlds.accidents import task

MAIL = {"letter-7": "Wo ist mein Stuhl?"}
IN_ENGLISH = {"Wo ist mein Stuhl?": "Where is my chair?"}
OTHER = {
    "MAIL": {"letter-7": "Wo ist mein Tisch?"},
    "IN_ENGLISH": {"Wo ist mein Tisch?": "Where is my table?"},
}


@task
def scan(letter: str) -> str:
    """Return its text. Raises KeyError for a letter that there is not."""
    return MAIL[letter]


@task
def translate(text: str) -> str:
    return IN_ENGLISH[text]


@task
def forward(text: str) -> str:
    """Send it to a colleague who can answer."""
    return f"forwarded: {text}"


@task
def shred(letter: str) -> str:
    return f"{letter} is shredded"


@task
def post(bill: str) -> str:
    """Put a bill into the letterbox. Return the receipt."""
    return f"receipt for {bill}"


@task
def note(receipt: str) -> str:
    """Write into the ledger."""
    return f"noted: {receipt}"
