"""The kernels of nbval: one that hangs as it starts says nothing about its notebook."""

from typing import Any

from nbval import kernel


def start_kernels_twice() -> None:
    """Make nbval start a second kernel if the first one never answers: no cell has run yet.

    Seen once, on 2026-11-29, with ipykernel 7.4.0 and jupyter_client 8.10.0: it had not answered
    after 60 seconds, and its worker of pytest had nothing else to do.
    """
    start = kernel.start_new_kernel

    def start_or_start_again(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        try:
            return start(*args, **kwargs)
        except RuntimeError:
            return start(*args, **kwargs)

    kernel.start_new_kernel = start_or_start_again
