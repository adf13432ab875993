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

from tf_crnn.checkpoints import ModelFiles, damaged, load_params, load_weights
from tf_crnn.config import Params
from tf_crnn.decoding.alignment import natural_log
from tf_crnn.decoding.decodings import make_decoding
from tf_crnn.decoding.joint import JointScoring
from tf_crnn.decoding.search import Hypothesis, LineOutput
from tf_crnn.decoding.settings import DecodingSettings
from tf_crnn.errors import ModelFolderError
from tf_crnn.export.graph import ATTENTION_SEARCH_KEYS, SIGNATURES, ReadingGraph
from tf_crnn.export.saved_model import load_exported_weights
from tf_crnn.heads.attention_search import LEAST_LOG_PROB
from tf_crnn.images import stack_lines
from tf_crnn.model import get_network

_THREADS = 4


class LineReading(NamedTuple):
    """What was read of one line.

    Attributes:
        probs: (T, K), only the line's own time steps; (T, 0) without CTC.
        hypotheses: its readings, best first.
        features: (T, F) for an attention decoder; None without one.
    """

    probs: NDArray[np.float32]
    hypotheses: Sequence[Hypothesis]
    features: NDArray[np.float32] | None = None


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
        self._has_ctc = params.head_parts.has_ctc
        self._decoding: Any = make_decoding(settings) if self._has_ctc else None
        weight = params.joint_scoring_weight
        self._rescoring = JointScoring(self._written_log_probs, weight) if weight else None

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
        if not self._has_ctc:
            return self._read_by_attention(pixels, time_steps)
        read_probs = getattr(self._graph, "read_probs", None)
        # A graph that has this makes a beam search of its own, which is neither greedy nor ours.
        if self.settings.name == "greedy" and read_probs is None:
            return self._read_greedily(pixels, time_steps)
        read = read_probs or self._graph.read_batch
        probs, features = _over_time(read(pixels, time_steps))
        outputs = [
            LineOutput(
                natural_log(probs[i, :n_steps]),
                None if features is None else features[i, :n_steps],
            )
            for i, n_steps in enumerate(steps)
        ]
        n_copies = len(lines[0])
        grouped = [outputs[start : start + n_copies] for start in range(0, len(outputs), n_copies)]
        with ThreadPoolExecutor(_THREADS) as pool:
            found = list(pool.map(self._decode, grouped))
        return [
            LineReading(
                probs[n_copies * i, : steps[n_copies * i]],
                hypotheses,
                outputs[n_copies * i].features,
            )
            for i, hypotheses in enumerate(found)
        ]

    def written(
        self, features: NDArray[np.float32], codes: Sequence[Sequence[int]]
    ) -> dict[str, NDArray[np.float32]]:
        """How the attention decoder would write given readings of a line.

        Args:
            features: (T, F) of the line.
            codes: of each reading, R of them.

        Returns:
            log_probs (R,) of the readings and their ends; unit_log_probs (R, L + 1) of each unit
            and the end, 0 beyond; weights (R, L + 1, T), where the decoder looks.
        """
        length = max(len(reading) for reading in codes)
        padded = [[*reading, *[0] * (length - len(reading))] for reading in codes]
        outputs = self._graph.attend(
            tf.constant(np.repeat(features[None], len(codes), axis=0)),
            tf.fill([len(codes)], len(features)),
            tf.constant(padded, dtype=tf.int32, shape=(len(codes), length)),
        )
        return {name: output.numpy() for name, output in outputs.items()}

    def _written_log_probs(
        self, output: LineOutput, codes: Sequence[Sequence[int]]
    ) -> NDArray[np.float32]:
        if output.features is None:
            raise ValueError("joint scoring needs the features of the line")
        return self.written(output.features, codes)["log_probs"]

    def _decode(self, outputs: Sequence[LineOutput]) -> list[Hypothesis]:
        if len(outputs) == 1:
            found = list(self._decoding(outputs[0]))
        else:
            found = list(self._decoding.together(outputs))
        return self._rescoring(outputs[0], found) if self._rescoring else found

    def _read_greedily(self, pixels: Any, time_steps: Any) -> list[LineReading]:
        """By the graph, which also knows how probable its readings are."""
        outputs = self._graph.read_batch(pixels, time_steps)
        probs, features = _over_time(outputs)
        codes, log_probs = outputs["codes"].numpy(), outputs["logprob_ctc"].numpy()
        return [
            LineReading(
                probs[i, :n_steps],
                [_hypothesis(codes[i], log_probs[i, 0])],
                None if features is None else features[i, :n_steps],
            )
            for i, n_steps in enumerate(time_steps.numpy()[:, 0])
        ]

    def _read_by_attention(self, pixels: Any, time_steps: Any) -> list[LineReading]:
        """By the graph, in which the decoder writes."""
        outputs = self._graph.read_batch(pixels, time_steps)
        probs, features = _over_time(outputs)
        codes, log_probs = outputs["path_codes"].numpy(), outputs["logprob_ctc"].numpy()
        return [
            LineReading(
                probs[i, :n_steps],
                [_hypothesis(*one) for one in zip(codes[i], log_probs[i], strict=True)
                 if one[1] > LEAST_LOG_PROB],
                None if features is None else features[i, :n_steps],
            )
            for i, n_steps in enumerate(time_steps.numpy()[:, 0])
        ]  # fmt: skip


def _over_time(outputs: Any) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Probabilities (B, T, K) and features (B, T, F), as far as there are some."""
    arrays = {
        name: outputs[name].numpy().transpose(1, 0, 2)
        for name in ("probs", "features")
        if name in outputs
    }
    features = arrays.get("features")
    if "probs" in arrays:
        return arrays["probs"], features
    return arrays["features"][:, :, :0], features


def _hypothesis(codes: NDArray[np.int32], log_prob: float) -> Hypothesis:
    return Hypothesis(tuple(codes[codes != 0].tolist()), float(log_prob), float(log_prob))


def _load_graph(files: ModelFiles, params: Params) -> Any:
    if files.is_export and not _is_otherwise_exported(files.folder, params):
        return _load_export(files.folder, params)
    network = get_network(params)
    if files.is_export:
        with _without_wildcards(files.folder) as folder:
            load_exported_weights(network, folder)
    else:
        load_weights(network, files.folder)
    if not params.head_parts.has_ctc:
        return ReadingGraph(network, params)
    # CTC is searched outside of the graph.
    return ReadingGraph(
        network, Params(**{**params.to_dict(), "num_beam_paths": 1, "joint_scoring_weight": 0})
    )


def _is_otherwise_exported(folder: Path, params: Params) -> bool:
    """Whether the graph of an export would search otherwise than asked for.

    Only where it searches for what an attention decoder writes; CTC is searched outside of it.
    """
    if params.head_parts.has_ctc:
        return False
    exported = load_params(folder)
    return any(getattr(params, key) != getattr(exported, key) for key in ATTENTION_SEARCH_KEYS)


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
    # Without CTC the export does not say how many units it has.
    n_classes = outputs["probs"].shape[-1] if "probs" in outputs else params.alphabet.n_classes
    if n_classes != params.alphabet.n_classes:
        raise ModelFolderError(
            f"{folder}: the model has {n_classes - 1} units, but alphabet.json beside it "
            f"{params.alphabet.n_classes - 1}. Copy the whole folder of the model again."
        )
    return loaded
