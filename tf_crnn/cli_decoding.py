"""Options of `tf-crnn predict` and `tf-crnn evaluate`: other decodings than the model's own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from tf_crnn.config_keys.decoding import DECODING_NAMES, MOST_COPIES

if TYPE_CHECKING:
    from tf_crnn.ensemble import Ensemble
    from tf_crnn.loader import PredictionModel

_KEY_OPTIONS = (
    click.option("--decoding", type=click.Choice(DECODING_NAMES),
                 help="How readings are searched for [default: as the model is configured]."),
    click.option("--num_beam_paths", type=click.IntRange(1), help="Readings of each line."),
    click.option("--beam_width", type=click.IntRange(1), help="Prefixes that a search keeps."),
    click.option("--beam_threshold", type=click.FloatRange(0, min_open=True),
                 help="Nats behind the best at which a search drops a prefix."),
    click.option("--language_model_weight", type=click.FloatRange(0),
                 help="Of the language model; 0 turns it off [default: the fitted one]."),
    click.option("--length_bonus", type=float,
                 help="Nats for each unit [default: the fitted one]."),
    click.option("--lexicon", metavar="FILE", help="Text file of known words, one a line."),
    click.option("--lexicon_penalty", type=click.FloatRange(0),
                 help="Nats taken for each word that the lexicon lacks."),
    click.option("--test_time_augmentation", type=click.IntRange(0, MOST_COPIES),
                 help="Changed copies of each line that are read too."),
)  # fmt: skip
_NAMES = (
    "decoding", "num_beam_paths", "beam_width", "beam_threshold", "language_model_weight",
    "length_bonus", "lexicon", "lexicon_penalty", "test_time_augmentation",
)  # fmt: skip
_WITH = click.option(
    "--with", "others", multiple=True, metavar="MODEL",
    help="Another model that votes on each unit of the readings; may be repeated.",
)  # fmt: skip


def decoding_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options on a command."""
    for option in reversed((*_KEY_OPTIONS, _WITH)):
        command = option(command)
    return command


def take_decoding(values: dict[str, Any]) -> dict[str, Any]:
    """Remove these options from the values of a command; those that were given are returned."""
    taken = {name: values.pop(name) for name in _NAMES}
    return {name: value for name, value in taken.items() if value is not None}


def load_reader(
    model: str, others: tuple[str, ...], decoding: dict[str, Any], **options: Any
) -> "PredictionModel | Ensemble":
    """A model, or several that vote.

    Args:
        model: folder of the model.
        others: folders of the others.
        decoding: of `take_decoding`.
        options: more for each.
    """
    from tf_crnn.ensemble import Ensemble
    from tf_crnn.loader import PredictionModel

    if others:
        return Ensemble([model, *others], decoding=decoding, **options)
    return PredictionModel(model, decoding=decoding, **options)
