"""The network of a model folder, and the decoding behind it: prepared lines in, readings out."""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tf_crnn.checkpoints import ModelFiles, damaged, load_weights
from tf_crnn.config import Params
from tf_crnn.decoding.decodings import make_decoding
from tf_crnn.decoding.search import Hypothesis, LineOutput
from tf_crnn.decoding.settings import DecodingSettings
from tf_crnn.errors import ModelFolderError
from tf_crnn.export.graph import SIGNATURES, ReadingGraph
from tf_crnn.images import stack_lines
from tf_crnn.model import get_network

_THREADS = 4
_LEAST_PROB = 1e-30


class LineReading(NamedTuple):
    """What was read of one line.

    Attributes:
        probs: (T, K), only the line's own time steps.
        hypotheses: its readings, best first.
    """

    probs: NDArray[np.float32]
    hypotheses: Sequence[Hypothesis]


class LineReader:
    """Network and decoding of a model.

    Args:
        files: of `find_model`.
        params: of the model.
        settings: of the decoding.

    Raises:
        ModelFolderError: the model cannot be loaded.
    """

    def __init__(self, files: ModelFiles, params: Params, settings: DecodingSettings) -> None:
        """Load the network."""
        self.settings = settings
        self._downscale = params.downscale_factor
        self._graph = _load_graph(files, params)
        self._decoding: Any = make_decoding(settings)

    def read(self, lines: Sequence[Sequence[NDArray[np.float32]]]) -> list[LineReading]:
        """The readings of some lines.

        Args:
            lines: of each line its image (H, W, C), prepared and standardised, and its changed
                copies, equally many of each.
        """
        images = [image for copies in lines for image in copies]
        steps = np.array([image.shape[1] // self._downscale for image in images], dtype=np.int32)
        pixels = tf.constant(stack_lines(images, self._downscale))
        time_steps = tf.constant(steps[:, None])
        if self.settings.name == "greedy":
            return self._read_greedily(pixels, time_steps)
        probs = self._probs(pixels, time_steps)
        outputs = [
            LineOutput(np.log(np.maximum(line[:n_steps], _LEAST_PROB)))
            for line, n_steps in zip(probs, steps, strict=True)
        ]
        n_copies = len(lines[0])
        grouped = [outputs[start : start + n_copies] for start in range(0, len(outputs), n_copies)]
        with ThreadPoolExecutor(_THREADS) as pool:
            found = list(pool.map(self._decode, grouped))
        return [
            LineReading(probs[n_copies * i, : steps[n_copies * i]], hypotheses)
            for i, hypotheses in enumerate(found)
        ]

    def _decode(self, outputs: Sequence[LineOutput]) -> list[Hypothesis]:
        if len(outputs) == 1:
            return list(self._decoding(outputs[0]))
        return list(self._decoding.together(outputs))

    def _probs(self, pixels: Any, time_steps: Any) -> NDArray[np.float32]:
        """(B, T, K)."""
        read = getattr(self._graph, "read_probs", None) or self._graph.read_batch
        return np.asarray(read(pixels, time_steps)["probs"].numpy().transpose(1, 0, 2))

    def _read_greedily(self, pixels: Any, time_steps: Any) -> list[LineReading]:
        """By the graph, which also knows how probable its readings are."""
        arrays = {k: v.numpy() for k, v in self._graph.read_batch(pixels, time_steps).items()}
        return [
            LineReading(arrays["probs"][:n_steps, i], [_greedy(arrays["codes"][i], log_prob)])
            for i, (n_steps, log_prob) in enumerate(
                zip(arrays["time_steps"], arrays["logprob_ctc"][:, 0], strict=True)
            )
        ]


def _greedy(codes: NDArray[np.int32], log_prob: float) -> Hypothesis:
    return Hypothesis(tuple(codes[codes != 0].tolist()), float(log_prob), float(log_prob))


def _load_graph(files: ModelFiles, params: Params) -> Any:
    if files.is_export:
        return _load_export(files.folder, params)
    network = get_network(params)
    load_weights(network, files.folder)
    # Searches are made outside of the graph.
    return ReadingGraph(network, Params(**{**params.to_dict(), "num_beam_paths": 1}))


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


def _load_export(folder: Path, params: Params) -> Any:
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
