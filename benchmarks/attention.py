"""The attention head beside CTC: exact match on number plates and on drawn arithmetic.

    python benchmarks/attention.py draw                       arithmetic lines, 20,000 to test on
    python benchmarks/attention.py train arithmetic attention --minutes 120
    python benchmarks/attention.py train arithmetic ctc --minutes 120
    python benchmarks/attention.py train plates_cn attention --minutes 60

A training that was stopped goes on with the same command, until its minutes are used up. Each
result is kept in benchmarks/results/attention_<set>_<head>.json.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import click
from _common import ROOT, write_result

from tf_crnn.checkpoints import list_saves
from tf_crnn.config import Params, import_params_from_json
from tf_crnn.config_keys.head import HEADS
from tf_crnn.evaluation import as_pair, evaluate
from tf_crnn.loader import PredictionModel
from tf_crnn.run_folder import RunFolder
from tf_crnn.trainer import train as train_model

ARITHMETIC = ROOT / "data" / "arithmetic"
CONFIGS = {
    "arithmetic": ROOT / "benchmarks" / "configs" / "arithmetic.json",
    "plates_cn": ROOT / "benchmarks" / "configs" / "plates_cn.json",
}
# Plates have no test split here: their validation lines are counted.
TESTED = {"arithmetic": "test.csv", "plates_cn": "val.csv"}


@click.group()
def main() -> None:
    """Exact match of heads."""


@main.command()
@click.option("--n_train", default=20_000, show_default=True)
@click.option(
    "--n_test", default=20_000, show_default=True, help="Unseen lines, counted at the end."
)
def draw(n_train: int, n_test: int) -> None:
    """Draw lines like (1+4)*2 into data/arithmetic, with the package's own synthesis."""
    command = [
        sys.executable, "hlp/generate_synthetic.py", "--kind", "arithmetic",
        "--output_dir", str(ARITHMETIC), "--n_train", str(n_train), "--n_val", "500",
        "--n_test", str(n_test), "--seed", "7",
    ]  # fmt: skip
    sys.exit(subprocess.run(command, cwd=ROOT).returncode)


@main.command()
@click.argument("name", type=click.Choice(list(CONFIGS)))
@click.argument("head", type=click.Choice(list(HEADS)))
@click.option("--minutes", default=60.0, show_default=True, help="Of training, in all.")
@click.option("--data", type=click.Path(exists=True, path_type=Path), help="Folder of the set.")
def train(name: str, head: str, minutes: float, data: Path | None) -> None:
    """Train HEAD on NAME, read the lines to test on, and keep the result."""
    params = params_of(name, head, minutes, data or ROOT / "data" / name)
    folder = RunFolder(params.output_model_dir)
    done = trained_minutes(folder)
    if done < minutes:
        train_model(
            Params.for_training({**params.to_dict(), "restore_model": done > 0}),
            progress_bar=False,
        )
    result = evaluate(
        PredictionModel(folder.path), [(data or ROOT / "data" / name) / TESTED[name]], 128
    )
    counts = result.counts
    write_result(
        f"attention_{name}_{head}",
        {
            "set": name,
            "head": head,
            "minutes": round(trained_minutes(folder), 1),
            "epochs": list_saves(folder.saving)[-1].state["epoch"],
            "n_lines": counts.n_lines,
            "exact_match": counts.exact_match,
            "exact_match_interval": as_pair(result.intervals.exact_match),
            "cer": counts.cer,
            "config": params.to_dict(),
        },
    )


def params_of(name: str, head: str, minutes: float, data: Path) -> Params:
    """The configuration of a set, which is the same for all heads but for the head."""
    values: dict[str, Any] = import_params_from_json(json_filename=CONFIGS[name])
    return Params(
        **{
            **values,
            "csv_files_train": str(data / "train.csv"),
            "csv_files_eval": str(data / "val.csv"),
            "lookup_alphabet_file": str(data / "alphabet.json"),
            "output_model_dir": str(ROOT / "models" / f"attention_{name}_{head}"),
            "head": head,
            "max_minutes": minutes,
        }
    )


def trained_minutes(folder: RunFolder) -> float:
    """Minutes that a training has taken already, 0 if there is none."""
    saves = list_saves(folder.saving) if folder.saving.is_dir() else []
    return float(saves[-1].state["minutes"]) if saves else 0.0


if __name__ == "__main__":
    main()
