"""What Keras computes with."""

import os
from typing import Any

import keras


def describe_device() -> dict[str, Any]:
    """Backend, processors and accelerators that Keras computes with."""
    devices = keras.distribution.list_devices()
    return {
        "backend": keras.backend.backend(),
        "devices": [str(device) for device in devices],
        "n_cpus": os.cpu_count(),
    }
