"""What Keras computes with."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras

logger = logging.getLogger(__name__)

_CPU_INFO = Path("/proc/cpuinfo")
_BFLOAT16_FLAGS = ("avx512_bf16", "amx_bf16")


def describe_device() -> dict[str, Any]:
    """Backend, processors and accelerators that Keras computes with."""
    devices = keras.distribution.list_devices()
    return {
        "backend": keras.backend.backend(),
        "devices": [str(device) for device in devices],
        "n_cpus": os.cpu_count(),
    }


def has_bfloat16() -> bool:
    """Whether products of bfloat16 matrices are faster than those of float32 here."""
    kinds = {str(device).partition(":")[0].lower() for device in keras.distribution.list_devices()}
    if kinds - {"cpu"}:
        return True
    flags = _CPU_INFO.read_text() if _CPU_INFO.is_file() else ""
    return any(flag in flags for flag in _BFLOAT16_FLAGS)


@contextmanager
def compute_policy(*, mixed: bool) -> Iterator[None]:
    """Within it, new layers compute in bfloat16 if that is wished for and the device has it."""
    before = keras.config.dtype_policy()
    if mixed and not has_bfloat16():
        logger.warning("mixed_precision: the device has no bfloat16; all is computed in float32")
        mixed = False
    try:
        if mixed:
            keras.config.set_dtype_policy("mixed_bfloat16")
        yield
    finally:
        keras.config.set_dtype_policy(before)
