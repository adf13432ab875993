"""The command `tf-crnn lm`: the language model of a trained model."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tf_crnn.tensorflow_start import load_tensorflow_quietly

if TYPE_CHECKING:
    from tf_crnn.config import Params

_FIT_ON = click.option(
    "--fit_on", multiple=True, metavar="CSV",
    help="Labelled lines on which its weight is fitted; may be repeated [default: the validation "
    "CSVs of the training].",
)  # fmt: skip


@click.group()
def lm() -> None:
    """The language model in the folder of a trained model: learn, import or export n-grams."""


@lm.command()
@click.argument("model")
@click.option(
    "--labels",
    multiple=True,
    metavar="CSV",
    help="Whose labels to learn; may be repeated [default: the training CSVs].",
)
@click.option(
    "--text",
    "texts",
    multiple=True,
    metavar="FILE",
    help="Plain text to learn too, line by line; may be repeated.",
)
@click.option(
    "--order", type=click.IntRange(1), help="Units of the longest n-grams [default: as configured]."
)
@_FIT_ON
def learn(
    model: str, labels: tuple[str, ...], texts: tuple[str, ...], order: int | None,
    fit_on: tuple[str, ...],
) -> None:  # fmt: skip
    """Learn n-grams from labels and texts, fit their weight, and put both into MODEL."""
    load_tensorflow_quietly()
    from tf_crnn.checkpoints import find_model, load_params
    from tf_crnn.config import Params
    from tf_crnn.language_learning import learn_language_model

    folder = find_model(model).folder
    params = load_params(folder)
    wanted = order or params.language_model_order or Params().language_model_order
    params = Params(**{**params.to_dict(), "language_model_order": wanted})
    csv_files = labels or _named(params.csv_files_train, "--labels")
    _fit_and_tell(folder, learn_language_model(params, csv_files, texts), params, fit_on)


@lm.command(name="import")
@click.argument("model")
@click.argument("arpa", metavar="ARPA")
@_FIT_ON
def import_(model: str, arpa: str, fit_on: tuple[str, ...]) -> None:
    """Take n-grams of units from an ARPA file (packed by gzip or not), and fit their weight."""
    load_tensorflow_quietly()
    from tf_crnn.checkpoints import find_model, load_params
    from tf_crnn.decoding.arpa import read_arpa

    folder = find_model(model).folder
    params = load_params(folder)
    language_model = read_arpa(Path(arpa), params.alphabet.alphabet_units)
    _fit_and_tell(folder, language_model, params, fit_on)


@lm.command()
@click.argument("model")
@click.argument("arpa", metavar="ARPA")
def export(model: str, arpa: str) -> None:
    """Write the n-grams of MODEL as an ARPA file, packed if its name ends in .gz."""
    from tf_crnn.checkpoints import find_model, load_params
    from tf_crnn.decoding.arpa import write_arpa
    from tf_crnn.decoding.language_files import read_language_model
    from tf_crnn.errors import ModelFolderError

    folder = find_model(model).folder
    language_model = read_language_model(folder, load_params(folder))
    if language_model is None:
        raise ModelFolderError(f"{folder}: holds no language model. Learn one: tf-crnn lm learn.")
    write_arpa(language_model, Path(arpa))
    click.echo(arpa)


def _fit_and_tell(
    folder: Path, language_model: Any, params: "Params", fit_on: tuple[str, ...]
) -> None:
    from tf_crnn.language_learning import put_language_model

    csv_files = fit_on or _named(params.csv_files_eval, "--fit_on")
    fitted = put_language_model(folder, language_model, csv_files)
    click.echo(
        f"{len(language_model.tables.unit):,} n-grams of up to {language_model.order} units in "
        f"{folder}\nweight {fitted.language_model_weight:g}, length bonus {fitted.length_bonus:g}: "
        f"CER {fitted.cer:.2%}, by the best path {fitted.cer_without:.2%}, on the "
        f"{fitted.n_lines:,} lines on which they were fitted"
    )
    if not fitted.language_model_weight:
        click.echo("the language model does not help on these lines and is not used")


def _named(csv_files: Any, option: str) -> Any:
    if not csv_files:
        raise click.UsageError(
            f"the model does not say which CSVs it was trained on: give {option}."
        )
    return csv_files
