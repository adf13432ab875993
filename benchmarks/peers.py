"""Train this project and its peers for equal processor time, and compare what they read.

    python benchmarks/peers.py install                  the peers, each in its own environment
    python benchmarks/peers.py run hw_peraire           all of them, 60 minutes of one processor
    python benchmarks/peers.py run fraktur19 --arms tf_crnn,calamari

Each training is an arm, see `_turns`: an arm is stopped when it has used up its minutes, start-up,
preparation and validations included, and reads the validation lines with the best weights that it
had kept until then. CER is counted by this project's metrics for all of them. Nothing reads test
lines. Arms that were run before, for the same minutes, stay in the result.
"""

import json
import os
import shutil
from functools import partial
from typing import Any

import click
from _common import RESULTS, ROOT, write_result
from _pairs import write_pairs
from _peers import INSTALLS, OURS, PEER_OF, Task, install_peer
from _turns import Arm, n_processors, take_turns

from tf_crnn.metrics import compare_lines

WORK = ROOT / "runs" / "peers"


@click.group()
def main() -> None:
    """Peers at equal cost."""


@main.command()
@click.argument("names", nargs=-1)
def install(names: tuple[str, ...]) -> None:
    """Install the peers into `peers/<name>`."""
    for name in names or INSTALLS:
        install_peer(name)


@main.command()
@click.argument("dataset")
@click.option("--arms", default=",".join(PEER_OF), show_default=True)
@click.option("--minutes", default=60.0, show_default=True, help="Of processor time, each.")
@click.option("--seed", default=1, show_default=True)
def run(dataset: str, arms: str, minutes: float, seed: int) -> None:
    """Train on DATASET of `data/`, read its validation lines, keep the result."""
    names, folder = arms.split(","), WORK / dataset
    for name in (*names, "data", "pylaia_data"):
        shutil.rmtree(folder / name, ignore_errors=True)
    truth = write_pairs(dataset, folder / "data")
    share = min(len(names), n_processors()) / len(names)  # of the time on the clock
    os.environ["BENCHMARK_SEED"] = str(seed)
    tasks = {
        name: Task(
            dataset,
            folder / "data",
            folder / name,
            minutes / (share if PEER_OF[name] is OURS else 1),
        )
        for name in names
    }
    trainings = [
        Arm(name, partial(PEER_OF[name].train, task), task.out) for name, task in tasks.items()
    ]
    take_turns(trainings, minutes * 60)
    results = kept_arms(dataset, minutes)
    for arm in trainings:
        texts = PEER_OF[arm.name].read(tasks[arm.name])
        counts = compare_lines((truth[stem], texts.get(stem, "")) for stem in sorted(truth))
        results[arm.name] = {
            "cer": round(counts.cer, 5),
            "wer": round(counts.wer, 5),
            "exact_match": round(counts.exact_match, 4),
            "read": len(texts),
            "processor_minutes": round(arm.used_s / 60, 1),
            "seed": seed,
        }
    result = {"lines": len(truth), "minutes": minutes, "arms": results}
    write_result(f"peers_{dataset}", result)


def kept_arms(dataset: str, minutes: float) -> dict[str, Any]:
    """What was measured before, for the same minutes."""
    path = RESULTS / f"peers_{dataset}.json"
    kept = json.loads(path.read_text()) if path.is_file() else {}
    return dict(kept["arms"]) if kept.get("minutes") == minutes else {}


if __name__ == "__main__":
    main()
