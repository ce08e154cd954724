"""How long Redis keeps the notes of a run, so that a forgotten run leaves nothing there."""

KEEP = 24 * 60 * 60  # seconds after the last note
