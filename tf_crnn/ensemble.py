"""Several models that read together: each unit is decided by vote."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import tee
from typing import Any

import numpy as np

from tf_crnn.decoding.confidence import calibrate_reading
from tf_crnn.decoding.search import Hypothesis
from tf_crnn.decoding.transcription import Reading, Transcription
from tf_crnn.decoding.voting import Vote, vote
from tf_crnn.errors import LineImageError
from tf_crnn.line_results import LineResult, clarity
from tf_crnn.loader import LineSource, PredictionModel
from tf_crnn.text_rules import TextRules


class Ensemble:
    """Models that read the same lines; their networks and alphabets may differ.

    The units that they read are aligned, and at each place that stays of which the confidences of
    all models sum to most. Of equal ones, that of an earlier model stays.

    Args:
        model_dirs: folders as `PredictionModel` takes them, at least one.
        text_rules: by which all read, if not those of their trainings.
        decoding: as for `PredictionModel`, for all.

    Attributes:
        models: in the given order.
        params: of the first; so are `folder`, `alphabet`, `calibration` and `text_rules`.

    Raises:
        ModelFolderError: see `PredictionModel`.
        ValueError: no folder is given.
    """

    def __init__(
        self,
        model_dirs: Sequence[str | os.PathLike[str]],
        *,
        text_rules: TextRules | None = None,
        decoding: Mapping[str, Any] | None = None,
    ) -> None:
        """Load the models."""
        if not model_dirs:
            raise ValueError("an ensemble needs at least one model")
        self.models = [
            PredictionModel(folder, text_rules=text_rules, decoding=decoding)
            for folder in model_dirs
        ]
        first = self.models[0]
        self.params, self.folder, self.alphabet = first.params, first.folder, first.alphabet
        self.calibration, self.text_rules = first.calibration, first.text_rules

    def transcribe(
        self, sources: Iterable[LineSource], batch_size: int = 32, *, places: bool = False
    ) -> Iterator[Transcription | LineImageError]:
        """Read any number of line images in constant memory, in their order.

        Args:
            sources: line images, as for `PredictionModel.predict`.
            batch_size: lines read at a time.
            places: also tell where each unit stands.

        Yields:
            A transcription for each; for an image that cannot be read, the error in its place. Its
            `log_prob` is the mean over the models that know all of its units; behind the text that
            was voted for, `readings` holds what the models read differently.
        """
        copies = tee(sources, len(self.models))
        by_model = [
            model.lines(own, batch_size) for model, own in zip(self.models, copies, strict=True)
        ]
        for lines in zip(*by_model, strict=True):
            read = [line for line in lines if not isinstance(line, LineImageError)]
            if len(read) == len(lines):
                yield self._decide(read, places)
            else:
                yield next(line for line in lines if isinstance(line, LineImageError))

    def _decide(self, lines: Sequence[LineResult], with_places: bool) -> Transcription:
        alone = [
            model.transcription(line, places=True)
            for model, line in zip(self.models, lines, strict=True)
        ]
        units = vote([_votes(reading) for reading in alone])
        text = self.text_rules.normalised("".join(units))
        log_prob = self._log_prob(units, lines)
        others = {reading.text: reading for reading in alone if reading.text != text}
        readings = [
            Reading(text, log_prob),
            *(Reading(other, self._log_prob(r.units, lines)) for other, r in others.items()),
        ]
        places = self._places(units, lines) if with_places else []
        score = clarity([Hypothesis((), log_prob, log_prob)])
        decided = Transcription(text, units, log_prob, score, readings, places)
        # The units have the confidences of the model that placed them, calibrated by its own scale.
        return calibrate_reading(decided, self.calibration)._replace(places=places)

    def _log_prob(self, units: Sequence[str], lines: Sequence[LineResult]) -> float:
        """Mean over the models that know the units; minus infinity where none does."""
        found = [
            model.log_prob(line, codes)
            for model, line in zip(self.models, lines, strict=True)
            if (codes := _codes(model, units)) is not None
        ]
        return float(np.mean(found)) if found else -np.inf

    def _places(self, units: Sequence[str], lines: Sequence[LineResult]) -> Sequence[Any]:
        """By the first model that knows the units and has time steps enough for them."""
        for model, line in zip(self.models, lines, strict=True):
            codes = _codes(model, units)
            if codes is not None and model.log_prob(line, codes) > -np.inf:
                return model.transcription(line._replace(codes=codes), places=True).places
        return []


def _votes(reading: Transcription) -> list[Vote]:
    return [
        Vote(unit, place.confidence)
        for unit, place in zip(reading.units, reading.places, strict=True)
    ]


def _codes(model: PredictionModel, units: Sequence[str]) -> list[int] | None:
    """Codes in the order of the image; None if the model lacks a unit."""
    as_printed = model.text_rules.visual(units)
    if model.alphabet.unknown_units(as_printed):
        return None
    return model.params.line_codes.encode(as_printed)
