"""The reason of one job, before jobs with the same reason are put together."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Why:
    """`job` is stuck for the reason `code`; jobs with the same `key` share a sentence."""

    job: str
    engine: str
    code: str  # a key of reasons.SENTENCES
    key: str = ""
    cause: str = ""  # the id of the job that is the reason
    first: str = ""  # the job whose move would show that this one is not stuck; "": itself

    @property
    def watched(self) -> tuple[str, str]:
        """Return the job that a second look is at, and the code."""
        return self.first or self.job, self.code
