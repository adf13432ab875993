"""The command `tf-crnn`: predict, evaluate and export with a trained model."""

import logging
import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from tf_crnn import __version__
from tf_crnn.cli_calibrate import calibrate
from tf_crnn.cli_data import data
from tf_crnn.cli_decoding import decoding_options, load_reader, take_decoding
from tf_crnn.cli_language import lm
from tf_crnn.cli_lr_find import lr_find
from tf_crnn.cli_predict import MODEL_HELP, predict
from tf_crnn.cli_runs import runs
from tf_crnn.cli_sweep import sweep
from tf_crnn.errors import CrnnError
from tf_crnn.tensorflow_start import load_tensorflow_quietly


class Commands(click.Group):
    """Shows a user's mistake as one message, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except CrnnError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(1)
        except BrokenPipeError:
            # The reader of a pipe, such as `head`, has had enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(1)
        except OSError as error:
            click.echo(f"Error: {error.filename}: {error.strerror}.", err=True)
            ctx.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Read text lines with a trained model. Training is `python training.py with config.json`."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")


main.add_command(calibrate)
main.add_command(data)
main.add_command(lm)
main.add_command(lr_find)
main.add_command(predict)
main.add_command(runs)
main.add_command(sweep)


@main.command(epilog=MODEL_HELP)
@click.argument("model")
@click.argument("csv_files", nargs=-1, required=True, metavar="CSV...")
@click.option(
    "-o", "--output_dir", help="Folder of the report [default: reports/<stamp>/ of the run]."
)
@click.option(
    "--rule",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="A text rule for truth and reading, other than that of the training; may be repeated.",
)
@click.option("--batch_size", default=32, show_default=True, type=click.IntRange(1))
@click.option(
    "--visualize",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Also draw each line with where it was looked at, as GIF and PNG, into correct/ "
    "and incorrect/ of the new folder DIR.",
)
@decoding_options
def evaluate(
    model: str,
    csv_files: tuple[str, ...],
    output_dir: str | None,
    changes: tuple[str, ...],
    batch_size: int,
    visualize: Path | None,
    others: tuple[str, ...],
    **options: Any,
) -> None:
    """Print CER, WER and exact match on labelled lines; write report.html and tables."""
    load_tensorflow_quietly()
    from tf_crnn import evaluation
    from tf_crnn.checkpoints import find_model, load_params, read_state
    from tf_crnn.provenance import describe_data
    from tf_crnn.reports.files import REPORT_HTML
    from tf_crnn.reports.reliability import describe_confidences
    from tf_crnn.reports.write import write_full_report
    from tf_crnn.rule_options import evaluation_rules
    from tf_crnn.rule_warnings import evaluation_warnings
    from tf_crnn.run_folder import reports_folder
    from tf_crnn.visualise import ReadingPictures, draw_evaluated

    pictures = ReadingPictures(visualize) if visualize else None
    paths = [Path(csv_file) for csv_file in csv_files]
    trained = load_params(find_model(model).folder).text_rules
    rules = evaluation_rules(trained, changes)
    warnings = evaluation_warnings(rules, trained, paths)
    _warn(warnings)
    reader = load_reader(model, others, decoding := take_decoding(options), text_rules=rules)
    folder = Path(output_dir) if output_dir else next(_unused_folders(reports_folder(model)))
    folder.mkdir(parents=True, exist_ok=True)
    result = evaluation.evaluate(reader, paths, batch_size)
    params, state = reader.params, read_state(reader.folder)
    about = {
        "model": str(reader.folder),
        **({"epoch": state["epoch"]} if "epoch" in state else {}),
        "csv_files": list(csv_files),
        **({"with": list(others)} if others else {}),
        **({"decoding": decoding} if decoding else {}),
        "data": describe_data(csv_files, params.csv_delimiter, params.string_split_delimiter),
        **({"text_rules": rules.to_dict(), "warnings": warnings} if warnings else {}),
    }
    details = write_full_report(
        folder, result, history=state.get("history", ()), config=params.to_dict(), about=about
    )
    click.echo(evaluation.summarise(result))
    if details.confidences:
        click.echo(describe_confidences(details.confidences))
    _warn(warnings)
    click.echo(f"report: {folder / REPORT_HTML}")
    if pictures:
        draw_evaluated(pictures, reader, result.lines, batch_size)
        click.echo(f"{pictures.drawn}, in {visualize}")


@main.command(epilog=MODEL_HELP)
@click.argument("model")
@click.argument("output_dir", metavar="DIR")
def export(model: str, output_dir: str) -> None:
    """Write a model as a SavedModel to DIR/<stamp>/, with its alphabet and config."""
    load_tensorflow_quietly()
    from tf_crnn.checkpoints import find_model, load_params, read_state
    from tf_crnn.export.saved_model import copy_or_export

    files = find_model(model)
    folder = copy_or_export(
        files, Path(output_dir), load_params(files.folder), read_state(files.folder)
    )
    click.echo(str(folder))


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        click.secho(f"WARNING: {warning}", fg="red", bold=True, err=True)


def _unused_folders(parent: Path) -> Iterator[Path]:
    stamp = int(time.time())
    while True:
        if not (parent / str(stamp)).exists():
            yield parent / str(stamp)
        stamp += 1
