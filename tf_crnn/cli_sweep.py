"""The command `tf-crnn sweep`: a training for each of many combinations of parameters."""

import shutil
import sys
from pathlib import Path

import click


@click.command()
@click.argument("config", metavar="CONFIG.json")
@click.option(
    "--set", "assignments", multiple=True, required=True, metavar="KEY=VALUES",
    help="KEY=VALUE,VALUE... or KEY=LOW..HIGH; may be given several times.",
)  # fmt: skip
@click.option(
    "--trials", type=click.IntRange(1), metavar="N",
    help="Search with so many trials [default: every combination once].",
)  # fmt: skip
@click.option(
    "--jobs", default=1, show_default=True, type=click.IntRange(1), metavar="J",
    help="Trials at once.",
)  # fmt: skip
@click.option(
    "--seed", default=42, show_default=True, type=click.IntRange(0),
    help="Of the search; the trainings have their own.",
)  # fmt: skip
@click.option("--output_dir", metavar="DIR", help="[default: sweeps/CONFIG]")
@click.option("-F", "runs_folder", metavar="DIR", help="Record the runs in this folder.")
@click.option("-m", "mongo", metavar="ADDRESS", help="Record the runs in this MongoDB.")
@click.option(
    "--prune/--no-prune", default=True, show_default=True,
    help="Stop a trial whose CER is worse than the median of the complete ones.",
)  # fmt: skip
@click.option(
    "--startup_trials", default=5, show_default=True, type=click.IntRange(1),
    help="Complete trials before any is stopped.",
)  # fmt: skip
@click.option(
    "--warmup_epochs", type=click.IntRange(0),
    help="Epochs in which no trial is stopped [default: a fifth of n_epochs].",
)  # fmt: skip
@click.option("--retry_failed", is_flag=True, help="Try again what has failed before.")
def sweep(
    config: str,
    *,
    assignments: tuple[str, ...],
    trials: int | None,
    jobs: int,
    seed: int,
    output_dir: str | None,
    runs_folder: str | None,
    mongo: str | None,
    prune: bool,
    startup_trials: int,
    warmup_epochs: int | None,
    retry_failed: bool,
) -> None:
    """Train with each combination of values, and say which reads best.

    Each trial is a run of its own, recorded as `python training.py with CONFIG.json` would be. The
    same command goes on with a sweep that was interrupted.
    """
    from tf_crnn.sweep.runner import SweepOptions, run_sweep

    options = SweepOptions(
        config_file=Path(config),
        assignments=assignments,
        output_dir=Path(output_dir) if output_dir else Path("sweeps") / Path(config).stem,
        n_trials=trials,
        jobs=jobs,
        seed=seed,
        prunes=prune,
        startup_trials=startup_trials,
        warmup_epochs=warmup_epochs,
        retry_failed=retry_failed,
        runs_folder=runs_folder,
        mongo=mongo,
    )
    # None for a file or a pipe, which have no limit.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    sys.exit(run_sweep(options, click.echo, width))
