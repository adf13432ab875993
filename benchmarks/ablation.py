"""What each part of the recipe gives: trainings that differ in one thing, for the same time.

    python benchmarks/ablation.py hw_peraire                         all variants, 15 minutes each
    python benchmarks/ablation.py hw_peraire --only "recipe,no second loss" --seeds 1,2,3

Each training runs on one processor of its own, as many side by side as there are processors, for
the same minutes of processor time. The validation CER is that of the best epoch, read by the best
path: the language model would hide what the network learnt. Trainings that were run before, for
the same minutes, stay in the result.
"""

import json
import shutil
import sys
from functools import partial
from typing import Any

import click
from _common import RESULTS, ROOT, write_result
from _turns import Arm, n_processors, take_turns

from tf_crnn.checkpoints import list_saves

RUNS = ROOT / "runs" / "ablation"
VARIANTS: dict[str, dict[str, Any]] = {
    "recipe": {},
    "no second loss": {"shortcut_loss_weight": 0},
    "no augmentation": {"data_augmentation": False},
    "preset handwriting": {"preset": "handwriting"},
    "no averaged weights": {"ema_momentum": 0},
    "rate by plateau": {"lr_schedule": "plateau"},
    "rate by cosine": {"lr_schedule": "cosine"},
    "batches of 16": {"train_batch_size": 16},
    "lines 64 px high": {"input_shape": [64, 2048], "stem_stride": [4, 2]},
    "maximum of columns, 128 filters": {"height_pooling": "max", "stage_features": [32, 64, 128]},
    "columns projected to 128": {"sequence_features": 128},
    "rms norm": {"stage_norm": "rms"},
    "residual": {"backbone": "residual"},
    "two BiLSTM layers": {"rnn_units": [128, 128]},
    "no dropout": {"rnn_dropout": 0},
    "dropout before the logits": {"head_dropout": 0.2},
    "hidden spans": {"feature_masking": 0.2},
    "space padding": {"label_space_padding": True},
    "sharpness-aware": {"sam_radius": 0.05},
    "joint head": {"head": "joint"},
}


@click.command()
@click.argument("dataset")
@click.option("--minutes", default=15.0, show_default=True, help="Of processor time, each.")
@click.option("--only", default=",".join(VARIANTS), help="Variants, with commas.")
@click.option("--seeds", default="1", show_default=True, help="Numbers, with commas.")
def main(dataset: str, minutes: float, only: str, seeds: str) -> None:
    """Train the variants on DATASET, print and keep their error rates."""
    wanted = [(name, seed) for seed in seeds.split(",") for name in only.split(",")]
    for start in range(0, len(wanted), n_processors()):
        arms = [
            make_arm(dataset, name, seed, minutes)
            for name, seed in wanted[start : start + n_processors()]
        ]
        take_turns(arms, minutes * 60)
        results = kept_results(dataset, minutes)
        for arm, (name, seed) in zip(arms, wanted[start:], strict=False):
            results.setdefault(name, {})[seed] = read_result(arm)
        write_result(f"ablation_{dataset}", {"minutes": minutes, "variants": results})


def make_arm(dataset: str, name: str, seed: str, minutes: float) -> Arm:
    """A training of the benchmark's config with what the variant changes."""
    out = RUNS / dataset / f"{name.replace(' ', '_')}_{seed}"
    shutil.rmtree(out, ignore_errors=True)
    changes = dict(VARIANTS[name])
    presets = [changes.pop("preset")] if "preset" in changes else []
    updates = {
        "output_model_dir": str(out / "model"),
        "max_minutes": 0.9 * minutes,  # the last epoch ends behind it
        "seed": seed,
        "language_model_order": 0,
        "sample_every_epoch": 0,
        **changes,
    }
    pairs = [f"{key}={value}" for key, value in updates.items()]
    config = f"benchmarks/configs/{dataset}.json"
    command = [sys.executable, "training.py", "-u", "with", config, *presets, *pairs]
    return Arm(f"{name} {seed}", partial(list, command), out)


def read_result(arm: Arm) -> dict[str, Any]:
    """What the epochs of a training came to."""
    saving = arm.out / "model" / "saving"
    saves = list_saves(saving) if saving.exists() else []
    history = saves[-1].state["history"] if saves else []
    if not history:
        return {"val_cer": 1.0, "epochs": 0}
    best = min(history, key=lambda epoch: epoch["val_loss"])
    return {
        "val_cer": round(best["val_cer"], 5),
        "val_loss": round(best["val_loss"], 3),
        "epochs": len(history),
        "processor_minutes": round(arm.used_s / 60, 1),
    }


def kept_results(dataset: str, minutes: float) -> dict[str, Any]:
    """What was measured before, for the same minutes."""
    path = RESULTS / f"ablation_{dataset}.json"
    kept = json.loads(path.read_text()) if path.is_file() else {}
    return dict(kept["variants"]) if kept.get("minutes") == minutes else {}


if __name__ == "__main__":
    main()
