"""A language model for a trained model: learnt from texts, fitted on lines, put into its folder."""

import dataclasses
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tf_crnn.checkpoints import copy_lexicon, load_params
from tf_crnn.config import Params
from tf_crnn.decoding.language_files import Fitted, decoding_settings, write_language
from tf_crnn.decoding.language_texts import language_texts
from tf_crnn.decoding.ngram_learn import learn_ngrams
from tf_crnn.decoding.ngrams import LanguageModel
from tf_crnn.decoding.reading_texts import ReadingTexts
from tf_crnn.decoding.search import LineOutput
from tf_crnn.decoding.tuning import fit_weights
from tf_crnn.errors import DataError, LineImageError
from tf_crnn.labelled_rows import read_labelled_rows
from tf_crnn.loader import PredictionModel
from tf_crnn.samples import as_paths

logger = logging.getLogger(__name__)

# As many tell the weights well enough.
_MOST_LINES = 500
_LEAST_PROB = 1e-30
_BEST_PATH = {"decoding": "greedy", "num_beam_paths": 1, "test_time_augmentation": 0}


def learn_language_model(
    params: Params, csv_files: Any, text_files: Sequence[str | Path] = ()
) -> LanguageModel:
    """N-grams of labels and texts, of `language_model_order`.

    Raises:
        DataError: a file cannot be read, or there is no line to learn from.
    """
    texts = list(language_texts(params, csv_files, text_files))
    if not texts:
        raise DataError(f"{csv_files}: no line to learn a language model from.")
    units = params.alphabet.alphabet_units
    return LanguageModel(learn_ngrams(texts, len(units), params.language_model_order), units)


def put_language_model(folder: Path, model: LanguageModel, csv_files: Any) -> Fitted:
    """Fit the weights of a language model on labelled lines, and put all into a model folder.

    Args:
        folder: of the model, as `find_model` gives it.
        model: for the alphabet of that folder.
        csv_files: of validation lines; of many, 500 spread over them are used.

    Raises:
        DataError: no line of the CSVs can be read.
    """
    reader = PredictionModel(folder, decoding=_BEST_PATH)
    trained = load_params(reader.folder)
    outputs, truths = _labelled_outputs(reader, csv_files)
    searching = Params(**{**trained.to_dict(), "decoding": "beam", "language_model_weight": 0.0})
    settings = dataclasses.replace(
        decoding_settings(searching, reader.folder), language_model=model, n_copies=0
    )
    texts = ReadingTexts(trained.line_codes, trained.text_rules)
    fitted = Fitted(*fit_weights(outputs, truths, texts.text, settings), n_lines=len(outputs))
    copy_lexicon(trained, reader.folder)
    write_language(reader.folder, model, fitted)
    logger.info(
        "language model of order %s: weight %g, length bonus %g; CER %.2f%% instead of %.2f%%, on "
        "%s lines", model.order, fitted.language_model_weight, fitted.length_bonus,
        100 * fitted.cer, 100 * fitted.cer_without, f"{fitted.n_lines:,}",
    )  # fmt: skip
    return fitted


def learn_after_training(folder: Path, params: Params) -> Fitted | None:
    """The language model that the parameters of a training ask for, put into its best export.

    Args:
        folder: of the export.
        params: of the training.

    Returns:
        None where none is asked for, or where the head is none that reads with one.
    """
    if not params.head_parts.has_ctc:
        return None
    if not params.language_model_order or params.decoding == "greedy":
        return None
    given = params.language_model_text or ()
    text_files = (given,) if isinstance(given, str) else given
    model = learn_language_model(params, params.csv_files_train, text_files)
    return put_language_model(folder, model, params.csv_files_eval)


def _labelled_outputs(
    reader: PredictionModel, csv_files: Any
) -> tuple[list[LineOutput], list[str]]:
    """What the network gives for some lines, and what they say."""
    lines = list(_labelled_lines(reader.params, csv_files))
    chosen = lines[:: max(1, -(-len(lines) // _MOST_LINES))]
    probs = reader.probabilities([path for path, _ in chosen])
    found = [
        (LineOutput(np.log(np.maximum(line, _LEAST_PROB))), truth)
        for line, (_, truth) in zip(probs, chosen, strict=True)
        if not isinstance(line, LineImageError)
    ]
    if not found:
        raise DataError(
            f"{csv_files}: no labelled line can be read, so weights cannot be fitted. Give "
            "validation lines."
        )
    return [output for output, _ in found], [truth for _, truth in found]


def _labelled_lines(params: Params, csv_files: Any) -> Iterator[tuple[Path, str]]:
    delimiters = params.csv_delimiter, params.string_split_delimiter
    for csv_path in as_paths(csv_files):
        for row in read_labelled_rows(csv_path, params.text_rules, delimiters):
            if row.text is not None:
                yield row.image_path, row.text
