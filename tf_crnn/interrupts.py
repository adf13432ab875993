"""Ctrl-C and the signal TERM, of which Python loses some.

What a signal's handler raises is dropped if the signal comes while a destructor or the callback of
a weak reference runs, and TensorFlow has many of these.
"""

import signal
from types import FrameType


class _State:
    came = False


def install() -> None:
    """Have INT and TERM raise KeyboardInterrupt, TERM only once: the next would disturb a save."""
    _State.came = False
    signal.signal(signal.SIGINT, _handle)
    signal.signal(signal.SIGTERM, _handle)


def raise_if_lost() -> None:
    """Raise the interrupt that came and was dropped; to be called between two steps.

    Raises:
        KeyboardInterrupt: a signal came since `install`.
    """
    if _State.came:
        raise KeyboardInterrupt


def _handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
    came_before, _State.came = _State.came, True
    if number == signal.SIGTERM and came_before:
        return
    raise KeyboardInterrupt
