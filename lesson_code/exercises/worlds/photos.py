"""An album of photos: their number is known only when it is opened."""

from lesson_code.exercises.accidents import task

ALBUMS = {"trip": ["lake", "peak", "sunset"], "party": ["cake", "song"], "empty": []}


@task
def open_album(album: str) -> list[str]:
    """Return the names of its photos. Raises KeyError for an album that there is not."""
    return ALBUMS[album]


@task
def resize(photo: str) -> str:
    return f"{photo}.small"


@task
def page(album: str, *thumbnails: str) -> str:
    """Make the page of an album."""
    return f"{album}: {', '.join(thumbnails)}"
