"""What a model folder knows of its language: n-grams and fitted weights."""

import json
import logging
import shutil
from collections.abc import Container
from pathlib import Path
from typing import NamedTuple

from tf_crnn.checkpoints import DECODING_JSON, LANGUAGE_MODEL_NPZ
from tf_crnn.config import Params
from tf_crnn.decoding.lexicon import read_words, word_tables
from tf_crnn.decoding.ngrams import LanguageModel
from tf_crnn.decoding.settings import DecodingSettings
from tf_crnn.decoding.tables import WordTables
from tf_crnn.errors import ModelFolderError
from tf_crnn.stamped import read_json

logger = logging.getLogger(__name__)


class Fitted(NamedTuple):
    """Weights that were fitted on labelled lines.

    Attributes:
        language_model_weight: of the n-grams' natural log probability.
        length_bonus: nats for each unit.
        cer: of the search with these weights.
        cer_without: of the best path.
        n_lines: on which they were fitted.
    """

    language_model_weight: float
    length_bonus: float
    cer: float
    cer_without: float
    n_lines: int


def decoding_settings(params: Params, folder: Path, given: Container[str] = ()) -> DecodingSettings:
    """How the lines of a model are decoded.

    Args:
        params: of the model, or with other values for its keys of decoding.
        folder: of the model.
        given: names of the keys with other values. A language model that only the training asked
            for may be missing: it is learnt at the very end.

    Raises:
        ModelFolderError: a file is damaged, or a language model is given a weight and not there.
        DataError: the lexicon cannot be read.
    """
    model = None
    weight, bonus = params.language_model_weight, params.length_bonus
    if params.decoding != "greedy" and weight != 0:
        model = read_language_model(folder, params)
    if weight and model is None and params.decoding != "greedy":
        problem = (
            f"{folder}: language_model_weight is {weight:g}, but there is no {LANGUAGE_MODEL_NPZ}."
        )
        if "language_model_weight" in given:
            raise ModelFolderError(f"{problem} Learn one: tf-crnn lm learn MODEL.")
        logger.warning("%s Reading without one. To learn one: tf-crnn lm learn MODEL.", problem)
    fitted = read_fitted(folder) if model else None
    if weight is None:
        weight = fitted.language_model_weight if fitted else 0.0
    if bonus is None:
        bonus = fitted.length_bonus if fitted else 0.0
    return DecodingSettings(
        decoding=params.decoding,
        n_readings=params.num_beam_paths,
        beam_width=params.beam_width,
        beam_threshold=params.beam_threshold,
        language_model=model,
        language_model_weight=weight,
        length_bonus=bonus,
        words=_words(params),
        lexicon_penalty=params.lexicon_penalty,
        n_copies=params.test_time_augmentation,
    )


def read_language_model(folder: Path, params: Params) -> LanguageModel | None:
    """The n-grams of a model folder; None if there are none.

    Raises:
        ModelFolderError: the file is damaged, or of another alphabet.
    """
    path = folder / LANGUAGE_MODEL_NPZ
    return LanguageModel.load(path, params.alphabet.alphabet_units) if path.is_file() else None


def read_fitted(folder: Path) -> Fitted | None:
    """The weights fitted for a model folder; None if there are none.

    Raises:
        ModelFolderError: the file is damaged.
    """
    path = folder / DECODING_JSON
    if not path.is_file():
        return None
    try:
        return Fitted(**read_json(path))
    except (TypeError, ValueError) as error:
        raise ModelFolderError(
            f"{path}: does not hold the fitted weights ({error}). Fit them again: tf-crnn lm learn."
        ) from error


def write_language(folder: Path, model: LanguageModel, fitted: Fitted | None) -> None:
    """Put n-grams and weights into a model folder; older ones are replaced.

    Without weights, the n-grams are there but have none until they are fitted.
    """
    (folder / DECODING_JSON).unlink(missing_ok=True)
    model.save(folder / LANGUAGE_MODEL_NPZ)
    if fitted:
        text = json.dumps(fitted._asdict(), indent=2)
        (folder / DECODING_JSON).write_text(text + "\n", encoding="utf-8")


def copy_language(source: Path, target: Path) -> None:
    """Copy what one model folder has learnt of its language into another."""
    for name in (LANGUAGE_MODEL_NPZ, DECODING_JSON):
        if (source / name).is_file():
            shutil.copyfile(source / name, target / name)


def _words(params: Params) -> WordTables | None:
    if params.lexicon is None or params.decoding == "greedy" or not params.lexicon_penalty:
        return None
    return word_tables(read_words(Path(params.lexicon)), params.alphabet, params.text_rules)
