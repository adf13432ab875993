"""Seconds until Python has imported tf_crnn, and until `tf-crnn --help` has answered.

python benchmarks/start_up.py
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

import click
from _common import write_result

COMMANDS = {
    "import tf_crnn": [sys.executable, "-c", "import tf_crnn"],
    "import tf_crnn.config": [sys.executable, "-c", "import tf_crnn.config"],
    "tf-crnn --help": [str(Path(sys.executable).with_name("tf-crnn")), "--help"],
}


@click.command()
@click.option("--repeats", default=5, show_default=True)
def main(repeats: int) -> None:
    """Measure, print and keep the medians."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(repeats):
        for name, command in COMMANDS.items():
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            seconds[name].append(time.perf_counter() - began)
    medians = {name: round(statistics.median(times), 3) for name, times in seconds.items()}
    write_result("start_up", {"seconds": medians})


if __name__ == "__main__":
    main()
