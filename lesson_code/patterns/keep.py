"""How long Redis keeps what a run has noted, so that a forgotten run leaves nothing behind."""

KEEP = 24 * 60 * 60  # seconds after the last note
