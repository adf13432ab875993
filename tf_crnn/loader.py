"""`PredictionModel`: a model folder in, texts of line images out."""

import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tf_crnn.checkpoints import damaged, find_model, load_params, load_weights
from tf_crnn.decoding.reading_texts import ReadingTexts
from tf_crnn.decoding.transcription import Reading, Transcription, UnitPlace
from tf_crnn.errors import LineImageError, ModelFolderError
from tf_crnn.export.graph import SIGNATURES, ReadingGraph
from tf_crnn.images import as_line_image, prepare_line, stack_lines, standardise
from tf_crnn.model import get_network
from tf_crnn.packs.lines import read_line_image
from tf_crnn.text_rules import TextRules

__all__ = ["PredictionModel"]

LineSource = str | os.PathLike[str] | bytes | NDArray[Any]

# So many images are read before they are sorted by width and cut into batches.
_LINES_AHEAD = 512
_THREADS = 4


class _Line(NamedTuple):
    position: int
    image: NDArray[np.float32]
    width_px: int  # as it was given


class _Prepared(NamedTuple):
    image: NDArray[np.float32]
    width_px: int


class PredictionModel:
    """A trained model.

    Args:
        model_dir: a run folder, its `saving/` or `export/`, or one of their folders.
        session: not needed; kept for programs written for TensorFlow 1.
        signature: what `predict` takes. 'predictions' and 'default' take paths, image bytes, and
            arrays (H, W), (H, W, 1), (H, W, 3) or (H, W, 4); 'rgb_images' arrays (H, W, 3) alone,
            'filename' paths alone.
        text_rules: by which to read, if not those of the training.

    Attributes:
        params: of the run that made the model.
        alphabet: of the model.
        text_rules: by which texts are brought to reading order and to a Unicode form.

    Raises:
        ModelFolderError: there is no model in the folder.
        ValueError: unknown signature.
    """

    def __init__(
        self,
        model_dir: str | os.PathLike[str],
        session: Any = None,
        signature: str = "predictions",
        *,
        text_rules: TextRules | None = None,
    ) -> None:
        """Load the model."""
        if session is not None:
            warnings.warn("session is not needed and not used.", DeprecationWarning, stacklevel=2)
        if signature not in SIGNATURES:
            raise ValueError(f"signature {signature!r}: must be one of {', '.join(SIGNATURES)}.")
        self.signature = signature
        files = find_model(model_dir)
        self.folder = files.folder
        self.params = load_params(files.folder)
        self.alphabet = self.params.alphabet
        self.text_rules = text_rules or self.params.text_rules
        self._texts = ReadingTexts(self.alphabet, self.text_rules)
        self._graph: Any = _load_graph(files.folder, files.is_export, self.params)

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
            words: (B,) best readings; best_transcriptions: (paths, B).
            codes: (B, L) in the order of the image, 0 beyond each reading's end.
            logprob_ctc: (B, paths) natural logs.
            probs: (T, B, K), zero beyond each line's end; time_steps: (B,).
            filenames: (B,) for images given by their paths, empty strings for others.

        Raises:
            LineImageError: an image cannot be read, or is not what the signature takes.
        """
        single = not _is_several(images)
        sources: list[Any] = [images] if single else list(images)  # type: ignore[arg-type]
        if not sources:
            raise LineImageError("predict: the list of images is empty.")
        results = _join_lines(list(self._read_in_order(sources, batch_size)))
        results["filenames"] = np.array([_name_of(source) for source in sources])
        readings = _readings(results)
        results["text"] = readings[0][0].text if single else [best[0].text for best in readings]
        results["readings"] = readings[0] if single else readings
        if single:
            results["score"] = float(results["score"][0])
        return results

    def transcribe(
        self, sources: Iterable[LineSource], batch_size: int = 32, *, places: bool = False
    ) -> Iterator[Transcription | LineImageError]:
        """Read any number of line images in constant memory, in their order.

        Args:
            sources: line images, as for `predict`.
            batch_size: lines read at a time.
            places: also find out where each unit stands, which takes some milliseconds a line.

        Yields:
            A transcription for each; for an image that cannot be read, the error in its place.
        """
        remaining = iter(sources)
        while chunk := list(islice(remaining, _LINES_AHEAD)):
            for result in self._read_in_order(chunk, batch_size, keep_errors=True):
                is_error = isinstance(result, LineImageError)
                yield result if is_error else self._transcription(result, places)

    def probabilities(
        self, sources: Iterable[LineSource], batch_size: int = 32
    ) -> Iterator[NDArray[np.float32] | LineImageError]:
        """What the network gives for any number of line images, in constant memory, in their order.

        Yields:
            (T, K) for each, T the time steps of the line; class 0 is the blank. For an image that
            cannot be read, the error in its place.
        """
        remaining = iter(sources)
        while chunk := list(islice(remaining, _LINES_AHEAD)):
            for result in self._read_in_order(chunk, batch_size, keep_errors=True):
                yield result if isinstance(result, LineImageError) else result["probs"]

    def _read_in_order(
        self, sources: list[Any], batch_size: int, *, keep_errors: bool = False
    ) -> Iterator[Any]:
        with ThreadPoolExecutor(_THREADS) as pool:
            images = list(pool.map(self._try_prepare, sources))
        lines, results = [], dict[int, Any]()
        for position, image in enumerate(images):
            if not isinstance(image, LineImageError):
                lines.append(_Line(position, *image))
            elif keep_errors:
                results[position] = image
            else:
                raise image
        lines.sort(key=lambda line: line.image.shape[1])
        for start in range(0, len(lines), batch_size):
            batch = lines[start : start + batch_size]
            for line, result in zip(batch, self._read_batch(batch), strict=True):
                results[line.position] = result
        return (results[position] for position in range(len(sources)))

    def _try_prepare(self, source: Any) -> _Prepared | LineImageError:
        try:
            picture = self._picture(source)
            image = as_line_image(picture, self.params.input_channels)
        except LineImageError as error:
            return error
        shape, downscale = self.params.input_shape, self.params.downscale_factor
        return _Prepared(standardise(prepare_line(image, shape, downscale)), image.shape[1])

    def _picture(self, source: Any) -> Any:
        is_path = isinstance(source, str | os.PathLike)
        if self.signature == "filename" and not is_path:
            raise LineImageError("signature 'filename' takes paths; use 'predictions' for pixels.")
        if self.signature == "rgb_images" and (is_path or isinstance(source, bytes)):
            raise LineImageError("signature 'rgb_images' takes arrays; use 'filename' for a path.")
        if is_path or isinstance(source, bytes):
            return read_line_image(source)
        if self.signature == "rgb_images" and np.shape(source)[2:] != (3,):
            raise LineImageError(f"signature 'rgb_images' takes (H, W, 3), not {np.shape(source)}.")
        return source

    def _read_batch(self, lines: list[_Line]) -> Iterator[dict[str, NDArray[Any]]]:
        """One result a line: arrays without the batch axis, cut to the line's own length."""
        downscale = self.params.downscale_factor
        images = stack_lines([line.image for line in lines], downscale)
        steps = np.array([[line.image.shape[1] // downscale] for line in lines], dtype=np.int32)
        outputs = self._graph.read_batch(tf.constant(images), tf.constant(steps))
        arrays = {name: tensor.numpy() for name, tensor in outputs.items()}
        arrays["probs"] = arrays["probs"].transpose(1, 0, 2)
        arrays["best_transcriptions"] = arrays["best_transcriptions"].T
        for index, n_steps in enumerate(steps[:, 0]):
            result = {name: array[index] for name, array in arrays.items()}
            result["probs"] = result["probs"][:n_steps]
            result["width_px"] = np.int64(lines[index].width_px)
            result["codes"] = result["codes"][result["codes"] != 0]
            result["texts"] = self._texts.texts(result["codes"], result["best_transcriptions"])
            yield result

    def _transcription(self, result: dict[str, Any], with_places: bool) -> Transcription:
        readings = [
            Reading(text, float(log_prob))
            for text, log_prob in zip(result["texts"], result["logprob_ctc"], strict=True)
        ]
        units = self._texts.units(result["codes"])
        places: list[UnitPlace] = []
        if with_places:
            width_px = int(result["width_px"])
            places = self._texts.places(result["probs"], result["codes"], width_px)
        best, score = readings[0], float(result["score"])
        return Transcription(best.text, units, best.log_prob, score, readings, places)


def _load_graph(folder: Path, is_export: bool, params: Any) -> Any:
    if is_export:
        return _load_export(folder, params)
    network = get_network(params)
    load_weights(network, folder)
    return ReadingGraph(network, params)


@contextmanager
def _without_wildcards(folder: Path) -> Iterator[Path]:
    """A path of the folder in which TensorFlow sees no pattern, as it would in `units[64]`."""
    if not set("*?[]{}") & set(str(folder.resolve())):
        yield folder
        return
    with tempfile.TemporaryDirectory() as temporary:
        link = Path(temporary) / "model"
        link.symlink_to(folder.resolve(), target_is_directory=True)
        yield link


def _load_export(folder: Path, params: Any) -> Any:
    try:
        with _without_wildcards(folder) as path:
            loaded = tf.saved_model.load(str(path))
    except (OSError, IndexError, ValueError, tf.errors.OpError) as error:
        raise damaged(folder, error) from error
    outputs = loaded.signatures[SIGNATURES["default"]].structured_outputs
    n_classes = outputs["probs"].shape[-1]
    if n_classes != params.alphabet.n_classes:
        raise ModelFolderError(
            f"{folder}: the model has {n_classes - 1} units, but alphabet.json beside it "
            f"{params.alphabet.n_classes - 1}. Copy the whole folder of the model again."
        )
    return loaded


def _is_several(images: Any) -> bool:
    if isinstance(images, np.ndarray):
        return images.ndim == 4 or images.dtype.kind in "US"
    return isinstance(images, list | tuple)


def _name_of(source: Any) -> str:
    return os.fspath(source) if isinstance(source, str | os.PathLike) else ""


def _join_lines(results: list[dict[str, Any]]) -> dict[str, Any]:
    steps = max(len(result["probs"]) for result in results)
    length = max(len(result["codes"]) for result in results)
    probs = [np.pad(r["probs"], ((0, steps - len(r["probs"])), (0, 0))) for r in results]
    codes = [np.pad(r["codes"], (0, length - len(r["codes"]))) for r in results]
    texts = np.array([result["texts"] for result in results])
    return {
        "probs": np.stack(probs, axis=1),
        "codes": np.stack(codes),
        "words": texts[:, 0],
        "best_transcriptions": texts.T,
        "logprob_ctc": np.stack([result["logprob_ctc"] for result in results]),
        "score": np.array([result["score"] for result in results]),
        "time_steps": np.array([result["time_steps"] for result in results]),
    }


def _readings(results: dict[str, Any]) -> list[list[Reading]]:
    lines = zip(results["best_transcriptions"].T, results["logprob_ctc"], strict=True)
    return [
        [Reading(str(text), float(log_prob)) for text, log_prob in zip(*line, strict=True)]
        for line in lines
    ]
