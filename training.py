"""Train as a Sacred experiment: `python training.py with config.json [key=value ...]`."""

import os
import sys
from pathlib import Path

VENV_PYTHON = Path(__file__).resolve().parent / ".venv" / "bin" / "python"

try:
    import sacred  # noqa: F401 - asks whether the environment is the right one
except ModuleNotFoundError:
    if not VENV_PYTHON.exists() or Path(sys.prefix) == VENV_PYTHON.parents[1]:
        sys.exit("training.py: sacred is not installed here. Run `make install` first.")
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.argv])

from tf_crnn.experiment import ex, main

__all__ = ["ex", "main"]

if __name__ == "__main__":
    main()
