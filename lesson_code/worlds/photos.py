"""An album of photos: their number is known only when it is opened."""

from lesson_code.worlds.accidents import reader, task

ALBUMS = {"trip": ["lake", "peak", "sunset"], "party": ["cake", "song"], "empty": []}
FILM = 70  # pictures
OTHER = {
    "ALBUMS": {"trip": ["lake", "peak", "dawn", "sunset"], "party": ["song"], "empty": []},
    "FILM": 20,
}


@task
def open_album(album: str) -> list[str]:
    """Return the names of its photos. Raises KeyError for an album that there is not."""
    return list(ALBUMS[album])


@task
def resize(photo: str) -> str:
    return f"{photo}.small"


@task
def page(album: str, *thumbnails: str) -> str:
    """Make the page of an album."""
    return f"{album}: {', '.join(thumbnails)}"


@task
def scan(photo: str) -> str:
    return f"{photo}.raw"


@task
def grey(photo: str) -> str:
    return f"{photo}.grey"


@task
def pair(left: str, right: str) -> str:
    """Put two pictures side by side."""
    return f"{left} | {right}"


@task
def sheet(*pictures: str) -> str:
    """Print all pictures of an album on one sheet; it may be an empty one."""
    return ", ".join(pictures) or "an empty sheet"


@reader
def film() -> list[str]:
    """Return the names of the pictures on a film."""
    return [f"picture-{number:02}" for number in range(1, FILM + 1)]


@reader
def put_together(*pictures: str) -> str:
    """Make one strip of pictures, or of strips."""
    return ", ".join(pictures)
