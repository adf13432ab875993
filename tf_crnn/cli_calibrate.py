"""The command `tf-crnn calibrate`."""

import json
from pathlib import Path

import click

from tf_crnn.cli_predict import MODEL_HELP
from tf_crnn.tensorflow_start import load_tensorflow_quietly

_KINDS = {"line": "lines", "word": "words", "unit": "characters"}


@click.command(epilog=MODEL_HELP)
@click.argument("model")
@click.argument("csv_files", nargs=-1, required=True, metavar="CSV...")
@click.option("--batch_size", default=32, show_default=True, type=click.IntRange(1))
def calibrate(model: str, csv_files: tuple[str, ...], batch_size: int) -> None:
    """Fit the confidences of a model to labelled lines that it was not trained on.

    Writes calibration.json beside its weights, in the place of one that is there.
    """
    load_tensorflow_quietly()
    from tf_crnn.calibrating import calibrate as calibrate_model
    from tf_crnn.checkpoints import CALIBRATION_JSON
    from tf_crnn.evaluation import summarise
    from tf_crnn.loader import PredictionModel

    reader = PredictionModel(model)
    result = calibrate_model(reader, [Path(csv_file) for csv_file in csv_files], batch_size)
    path = reader.folder / CALIBRATION_JSON
    click.echo(summarise(result))
    written = json.loads(path.read_text(encoding="utf-8"))
    for kind, error in written["expected_calibration_error"].items():
        if error["before"] is not None:
            click.echo(
                f"expected calibration error of {_KINDS[kind]}: "
                f"{error['before']:.2%} before, {error['after']:.2%} after"
            )
    click.echo(f"calibration: {path}")
