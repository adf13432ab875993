"""The command `tf-crnn data pack`: lines decoded and scaled once, for many epochs."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tf_crnn.packs.write import Packed

_SECONDS_BETWEEN_SIGNS = 1.0


@click.command()
@click.argument("csv_files", nargs=-1, required=True, metavar="CSV...")
@click.option(
    "-o", "--output", required=True, metavar="DIR",
    help="Folder to make; it must be absent or empty.",
)  # fmt: skip
@click.option(
    "--config", metavar="FILE",
    help="Configuration of the trainings that shall read the pack.",
)  # fmt: skip
@click.option("--model", metavar="MODEL", help="Or a model, whose configuration counts.")
@click.option(
    "--shard_mb", default=256.0, show_default=True, type=click.FloatRange(0, min_open=True),
    help="A file that has grown to this size, in MB, is followed by another.",
)  # fmt: skip
def pack(
    csv_files: tuple[str, ...],
    *,
    output: str,
    config: str | None,
    model: str | None,
    shard_mb: float,
) -> None:
    """Pack lines for training: DIR can stand for the CSVs in csv_files_train and csv_files_eval.

    Each image is decoded and scaled once, to the height of the config, and kept as pixels in a few
    TFRecord files. A pack serves every training whose input_shape, input_channels and pooling in
    width are the same. Lines that cannot be read are named in DIR/rejected.csv.
    """
    from tf_crnn.packs.write import write_pack

    if (config is None) == (model is None):
        raise click.UsageError("Give --config FILE or --model MODEL, one of them.")
    done = write_pack(
        csv_files,
        _config_of(config, model),
        Path(output),
        shard_mb=shard_mb,
        on_line=_progress(),
    )
    _report(done, Path(output))


def _config_of(config: str | None, model: str | None) -> dict[str, Any]:
    from tf_crnn.config import Params, import_params_from_json
    from tf_crnn.fine_tuning import take_over
    from tf_crnn.packs.description import config_for_packs

    if config is not None:
        values = take_over(import_params_from_json(json_filename=config))
        return config_for_packs(Params(**values).show_experiment_params())
    from tf_crnn.checkpoints import find_model, load_params

    return config_for_packs(load_params(find_model(str(model)).folder).show_experiment_params())


def _progress() -> Callable[[int], None]:
    """Tells now and then how many rows are done: on one line of a terminal, else every so often."""
    is_terminal = sys.stderr.isatty()
    began = told = time.monotonic()
    pause = _SECONDS_BETWEEN_SIGNS if is_terminal else 10 * _SECONDS_BETWEEN_SIGNS

    def show(n_rows: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= pause:
            told = now
            text = f"{n_rows:,} rows, {n_rows / (now - began):,.0f} a second"
            click.echo(f"\r{text}\x1b[K" if is_terminal else text, err=True, nl=not is_terminal)

    return show


def _report(done: "Packed", output: Path) -> None:
    from tf_crnn.rejections import REJECTED_CSV

    about, n_rejected = done.description, done.reasons.n_rejected
    n_bytes = sum(shard["n_bytes"] for shard in about.shards)
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
    click.echo(
        f"packed {about.n_lines:,} of {about.n_lines + n_rejected:,} lines into {output}: "
        f"{len(about.shards):,} {'file' if len(about.shards) == 1 else 'files'}, "
        f"{n_bytes / 1e6:,.1f} MB"
    )
    if n_rejected:
        click.echo(f"left out, see {output / REJECTED_CSV}:\n{done.reasons}", err=True)
