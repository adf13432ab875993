"""Runs as Sacred's observers record them: written, read back, listed."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tf_crnn.tracking.frame import metrics, runs

__all__ = ["metrics", "runs"]


def __getattr__(name: str) -> Any:
    """What a notebook needs, imported when it is asked for: pandas takes as long as a list."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tf_crnn.tracking import frame

    return getattr(frame, name)
