"""The command `tf-crnn lr-find`: which learning rate to train with."""

import logging
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tf_crnn.tensorflow_start import load_tensorflow_quietly

if TYPE_CHECKING:
    from tf_crnn.rate_test import RangeTest

_PNG, _CSV = "lr_find.png", "lr_find.csv"


@click.command("lr-find")
@click.argument("config", nargs=-1, required=True, metavar="CONFIG.json [KEY=VALUE]...")
@click.option(
    "-o", "--output_dir", default=".", show_default=True, help=f"Folder of {_PNG} and {_CSV}."
)
@click.option(
    "--batches", default=200, show_default=True, type=click.IntRange(10),
    help="Training batches on which the rate rises.",
)  # fmt: skip
@click.option(
    "--warmup_batches", type=click.IntRange(0),
    help="Batches before these, at the configuration's rate [default: 100; 0 with restore_from].",
)  # fmt: skip
@click.option(
    "--min_rate", default=1e-6, show_default=True, type=click.FloatRange(0, min_open=True),
    help="Of the first batch.",
)  # fmt: skip
@click.option(
    "--max_rate", default=1.0, show_default=True, type=click.FloatRange(0, min_open=True),
    help="Of the last, if the loss does not rise before.",
)  # fmt: skip
def lr_find(
    config: tuple[str, ...],
    *,
    output_dir: str,
    batches: int,
    warmup_batches: int | None,
    min_rate: float,
    max_rate: float,
) -> None:
    """Train some batches with a rising learning rate, and say which one to train with.

    CONFIG.json and KEY=VALUE are what stands behind `with` of training.py. Nothing is trained for
    good: no run folder is made or changed.
    """
    from tf_crnn.config import Params, read_updates
    from tf_crnn.fine_tuning import take_over

    if max_rate <= min_rate:
        raise click.UsageError(f"--max_rate {max_rate:g} must be above --min_rate {min_rate:g}.")
    _log_while_running("tf_crnn", logging.INFO)
    # It would name rejected lines in a file that is gone afterwards; a training names them anyway.
    _log_while_running("tf_crnn.preprocessing", logging.ERROR)
    # Any name passes: nothing is written to it.
    params = Params.for_training(take_over({"output_model_dir": "lr_find", **read_updates(config)}))
    load_tensorflow_quietly()
    from tf_crnn.lr_find import RangeOptions, find_learning_rate
    from tf_crnn.rate_test import write_trials
    from tf_crnn.reports.rate_curve import draw_rate_curve

    if warmup_batches is None:
        warmup_batches = 0 if params.restore_from else 100
    options = RangeOptions(min_rate, max_rate, batches, warmup_batches)
    with click.progressbar(length=batches + warmup_batches, file=sys.stderr) as bar:
        test = find_learning_rate(params, options, lambda: bar.update(1))
    folder = Path(output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    write_trials(folder / _CSV, test)
    draw_rate_curve(test, folder / _PNG)
    for line in findings(test):
        click.echo(line)
    click.echo(f"curve: {folder / _PNG}")


def _log_while_running(name: str, level: int) -> None:
    """Have a logger say what is of this level, until the command has ended."""
    logger = logging.getLogger(name)
    click.get_current_context().call_on_close(partial(logger.setLevel, logger.level))
    logger.setLevel(level)


def findings(test: "RangeTest") -> list[str]:
    """What a user should know of a test, a sentence each."""
    from tf_crnn.rate_test import suggest

    found = suggest(test)
    sentences = [
        f"the loss: steepest fall at the rate {found.steepest:g}, lowest loss at {found.lowest:g}, "
        f"rising from {found.rising:g}",
        f"suggested: learning_rate={found.rate:g}, a tenth of the rate from which it rises",
    ]
    if found.hardly_fell:
        sentences.append(
            f"WARNING: the loss fell by {max(0.0, found.fell):.1%} alone: a new network writes "
            "blanks for a while. The suggestion keeps clear of rates that destroy it, no more. "
            "Give more --warmup_batches, or start from a model with restore_from."
        )
    if not test.diverged:
        sentences.append(
            f"WARNING: up to {test.trials[-1].rate:.2g} the loss did not rise. Give a greater "
            "--max_rate."
        )
    return sentences
