"""`PredictionModel`: a model folder in, texts of line images out."""

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tf_crnn.checkpoints import CALIBRATION_JSON, find_model, load_params
from tf_crnn.decoding.alignment import log_probability
from tf_crnn.decoding.confidence import calibrate_reading
from tf_crnn.decoding.language_files import decoding_settings
from tf_crnn.decoding.reading_texts import ReadingTexts
from tf_crnn.decoding.transcription import Look, Reading, Transcription, UnitPlace
from tf_crnn.errors import LineImageError, ModelFolderError
from tf_crnn.export.graph import SIGNATURES
from tf_crnn.images import as_line_image, prepare_line, standardise
from tf_crnn.line_copies import changed_copies
from tf_crnn.line_reader import LineReader, LineReading
from tf_crnn.line_results import LineResult, clarity, join_lines
from tf_crnn.packs.lines import read_line_image
from tf_crnn.read_ahead import PreparedLine, ReadAhead
from tf_crnn.scoring.calibration import read_calibration
from tf_crnn.straightening import straighten
from tf_crnn.text_rules import TextRules

__all__ = ["PredictionModel"]

LineSource = str | os.PathLike[str] | bytes | NDArray[Any]


class PredictionModel:
    """A trained model.

    Args:
        model_dir: a run folder, its `saving/` or `export/`, or one of their folders.
        session: not needed; kept for programs written for TensorFlow 1.
        signature: what `predict` takes. 'predictions' and 'default' take paths, image bytes, and
            arrays (H, W), (H, W, 1), (H, W, 3) or (H, W, 4); 'rgb_images' arrays (H, W, 3) alone,
            'filename' paths alone.
        text_rules: by which to read, if not those of the training.
        decoding: configuration keys of decoding with other values than those of the training, such
            as `{"decoding": "beam", "num_beam_paths": 5}`.

    Attributes:
        params: of the run that made the model, with such other values.
        settings: of the decoding.
        alphabet: of the model.
        text_rules: by which texts are brought to reading order and to a Unicode form.
        calibration: of its confidences.

    Raises:
        ModelFolderError: there is no model in the folder, or no language model that is asked for.
        ConfigError: a value of `decoding` cannot be used.
        DataError: the lexicon cannot be read.
        ValueError: unknown signature.
    """

    def __init__(
        self,
        model_dir: str | os.PathLike[str],
        session: Any = None,
        signature: str = "predictions",
        *,
        text_rules: TextRules | None = None,
        decoding: Mapping[str, Any] | None = None,
    ) -> None:
        """Load the model."""
        if session is not None:
            warnings.warn("session is not needed and not used.", DeprecationWarning, stacklevel=2)
        if signature not in SIGNATURES:
            raise ValueError(f"signature {signature!r}: must be one of {', '.join(SIGNATURES)}.")
        self.signature = signature
        files = find_model(model_dir)
        self.folder = files.folder
        self.params = load_params(files.folder).with_decoding(decoding or {})
        self.calibration = read_calibration(files.folder / CALIBRATION_JSON)
        self.alphabet = self.params.alphabet
        self.text_rules = text_rules or self.params.text_rules
        self._texts = ReadingTexts(self.params.line_codes, self.text_rules)
        self.settings = decoding_settings(self.params, files.folder, decoding or ())
        self._reader = LineReader(files, self.params, self.settings)

    def predict(
        self, images: LineSource | Sequence[LineSource], batch_size: int = 32
    ) -> dict[str, Any]:
        """Read one line image or several.

        Args:
            images: what the signature takes, or a list of it; an array with four axes is a list
                too.
            batch_size: lines read at a time.

        Returns:
            text: the best reading (a list of them for a list).
            readings: (text, log probability) pairs, best first (a list of such lists for a list).
            score: (B,) nats, see `Transcription.score`; a float for one image.
            confidence: (B,) see `Transcription.confidence`; a float for one image.
            words: (B,) best readings.
            best_transcriptions: (paths, B), empty where a line has fewer readings.
            codes: (B, L) in the order of the image, 0 beyond each reading's end.
            logprob_ctc: (B, paths) natural logs.
            probs: (T, B, K), zero beyond each line's end, not for head attention;
            time_steps: (B,).
            filenames: (B,) for images given by their paths, empty strings for others.

        Raises:
            LineImageError: an image cannot be read, or is not what the signature takes.
        """
        single = not _is_several(images)
        sources: list[Any] = [images] if single else list(images)  # type: ignore[arg-type]
        if not sources:
            raise LineImageError("predict: the list of images is empty.")
        lines = list[LineResult]()
        for line in self.lines(sources, batch_size):
            if isinstance(line, LineImageError):
                raise line
            lines.append(line)
        results = join_lines(lines, self.settings.n_readings)
        results["filenames"] = np.array([_name_of(source) for source in sources])
        readings = [list(line.readings) for line in lines]
        results["text"] = readings[0][0].text if single else [best[0].text for best in readings]
        results["readings"] = readings[0] if single else readings
        chances = np.exp([best[0].log_prob for best in readings])
        results["confidence"] = self.calibration.line.apply_all(chances)
        if single:
            for key in ("score", "confidence"):
                results[key] = float(results[key][0])
        return results

    def transcribe(
        self,
        sources: Iterable[LineSource],
        batch_size: int = 32,
        *,
        places: bool = False,
        looks: bool = False,
    ) -> Iterator[Transcription | LineImageError]:
        """Read any number of line images in constant memory, in their order.

        Args:
            sources: line images, as for `predict`.
            batch_size: lines read at a time.
            places: also find out where each unit stands, which takes some milliseconds a line.
            looks: also find out where an attention decoder looks, for heads attention and joint.

        Yields:
            A transcription for each; for an image that cannot be read, the error in its place.
        """
        for line in self.lines(sources, batch_size):
            if isinstance(line, LineImageError):
                yield line
            else:
                yield self.transcription(line, places=places, looks=looks)

    def probabilities(
        self, sources: Iterable[LineSource], batch_size: int = 32
    ) -> Iterator[NDArray[np.float32] | LineImageError]:
        """What the network gives for any number of line images, in constant memory, in their order.

        Yields:
            (T, K) for each, T the time steps of the line; class 0 is the blank. For an image that
            cannot be read, the error in its place.

        Raises:
            ModelFolderError: the model has no CTC, and so no probabilities for time steps.
        """
        if not self.params.head_parts.has_ctc:
            raise ModelFolderError(
                f"{self.folder}: its head is {self.params.head}; this needs the probabilities of "
                "head ctc or joint."
            )
        for line in self.lines(sources, batch_size):
            yield line if isinstance(line, LineImageError) else line.probs

    def lines(
        self, sources: Iterable[LineSource], batch_size: int = 32
    ) -> Iterator[LineResult | LineImageError]:
        """All that is known of any number of line images, in constant memory, in their order.

        Images are prepared and lines read in threads while results are taken; `sources` is asked in
        the thread that takes them, and what it raises is raised behind the results of all before.

        Yields:
            A result for each; for an image that cannot be read, the error in its place.
        """
        step = max(1, batch_size // (1 + self.settings.n_copies))
        yield from ReadAhead(self._try_prepare, self._read_batch, step)(sources)

    def transcription(
        self, line: LineResult, *, places: bool = False, looks: bool = False
    ) -> Transcription:
        """A result of `lines` as `transcribe` gives it."""
        best, units = line.readings[0], self._texts.units(line.codes)
        has_ctc, seen, where = self.params.head_parts.has_ctc, list[Look](), list[UnitPlace]()
        if line.features is not None and (looks or (places and not has_ctc)):
            written = self._reader.written(line.features, [line.codes])
            seen = self._texts.looks(
                written["weights"][0], written["unit_log_probs"][0], line.codes
            )
        if places and has_ctc:
            where = self._texts.places(line.probs, line.codes, line.width_px)
        elif places:
            where = self._texts.looked_at_places(seen, line.width_px)
        score, readings = line.score, line.readings
        reading = Transcription(best.text, units, best.log_prob, score, readings, where, looks=seen)
        return calibrate_reading(reading, self.calibration)

    def log_prob(self, line: LineResult, codes: Sequence[int]) -> float:
        """Natural log of P(codes | line); minus infinity where they do not fit into the line."""
        if self.params.head_parts.has_ctc or line.features is None:
            return log_probability(line.probs, codes)
        return float(self._reader.written(line.features, [codes])["log_probs"][0])

    def _read_batch(self, lines: Sequence[PreparedLine]) -> list[LineResult]:
        # Only here, as prepared lines of bytes take a quarter of the room.
        images = [[standardise(image) for image in line.images] for line in lines]
        readings = self._reader.read(images)
        return [
            self._result(reading, line.width_px)
            for line, reading in zip(lines, readings, strict=True)
        ]

    def _try_prepare(self, source: Any) -> PreparedLine | LineImageError:
        try:
            picture = self._picture(source)
            image = as_line_image(picture, self.params.input_channels)
        except LineImageError as error:
            return error
        shape, downscale = self.params.input_shape, self.params.downscale_factor
        line = prepare_line(image, shape, downscale)
        copies = changed_copies(line, self.settings.n_copies, shape, downscale)
        return PreparedLine([line, *copies], image.shape[1])

    def _picture(self, source: Any) -> Any:
        is_path = isinstance(source, str | os.PathLike)
        if self.signature == "filename" and not is_path:
            raise LineImageError("signature 'filename' takes paths; use 'predictions' for pixels.")
        if self.signature == "rgb_images" and (is_path or isinstance(source, bytes)):
            raise LineImageError("signature 'rgb_images' takes arrays; use 'filename' for a path.")
        if is_path or isinstance(source, bytes):
            return read_line_image(source, straight=self.params.straighten_lines)
        if self.signature == "rgb_images" and np.shape(source)[2:] != (3,):
            raise LineImageError(f"signature 'rgb_images' takes (H, W, 3), not {np.shape(source)}.")
        if not self.params.straighten_lines:
            return source
        return straighten(as_line_image(source, self.params.input_channels))

    def _result(self, reading: LineReading, width_px: int) -> LineResult:
        readings = [
            Reading(self._texts.text(hypothesis.codes), hypothesis.log_prob)
            for hypothesis in reading.hypotheses
        ]
        codes, score = reading.hypotheses[0].codes, clarity(reading.hypotheses)
        return LineResult(reading.probs, codes, readings, score, width_px, reading.features)


def _is_several(images: Any) -> bool:
    if isinstance(images, np.ndarray):
        return images.ndim == 4 or images.dtype.kind in "US"
    return isinstance(images, list | tuple)


def _name_of(source: Any) -> str:
    return os.fspath(source) if isinstance(source, str | os.PathLike) else ""
