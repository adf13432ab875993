"""Loading TensorFlow for a command line, without its messages about drivers and processors."""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_ERRORS_TOO = "3"


def load_tensorflow_quietly() -> None:
    """Import TensorFlow and find its devices; set TF_CPP_MIN_LOG_LEVEL to see what it says."""
    if _LOG_LEVEL in os.environ:
        return
    os.environ[_LOG_LEVEL] = _ERRORS_TOO
    # The first messages come before TensorFlow has read the level.
    with _native_stderr_silenced():
        importlib.import_module("tensorflow").config.list_physical_devices()


@contextmanager
def _native_stderr_silenced() -> Iterator[None]:
    """Send what compiled code writes to stderr nowhere; Python's exceptions are not touched."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
