"""A sweep in a process of its own, to be killed: `small_sweep.py OUTPUT_DIR JOBS KEY=VALUES...`."""

import sys
from pathlib import Path

from tf_crnn.sweep.runner import SweepOptions, run_sweep

PROGRAM = (sys.executable, str(Path(__file__).with_name("small_training.py")))

if __name__ == "__main__":
    folder, jobs, *assignments = sys.argv[1:]
    options = SweepOptions(
        Path("config.json"), tuple(assignments), Path(folder), jobs=int(jobs), program=PROGRAM
    )
    sys.exit(run_sweep(options, print))
