"""Reading as TensorFlow graphs: from pixels, bytes or a file name to text."""

from typing import Any

import tensorflow as tf

from tf_crnn.alphabet import BLANK_CODE
from tf_crnn.config import Params
from tf_crnn.export.straightening_graph import straighten
from tf_crnn.heads.attention_loss import unit_log_probs
from tf_crnn.heads.attention_search import LEAST_LOG_PROB, search_readings
from tf_crnn.images import GREY_WEIGHTS

# Names under which the original package exported its signatures.
SIGNATURES = {
    "predictions": "predictions",
    "rgb_images": "input_rgb:serving_default",
    "filename": "input_filename:serving_default",
    "default": "serving_default",
}
# Which keys decide how the graph searches for what an attention decoder writes.
ATTENTION_SEARCH_KEYS = ("num_beam_paths", "decoding", "attention_beam_width")
_GREATEST_LOG_ODDS_GAP = 1e-7


class ReadingGraph(tf.Module):
    """The network with image preparation before and decoding behind it.

    Args:
        network: of `get_network`.
        params: of the run.
    """

    def __init__(self, network: Any, params: Params) -> None:
        """Trace nothing yet."""
        super().__init__(name="reading_graph")
        self.network = network
        self._params = params
        self._units = tf.constant(["", *params.alphabet.alphabet_units])
        if params.head_parts.has_attention:
            self.attend = tf.function(self._attend, input_signature=_attend_signature(network))
        height, channels = params.input_shape[0], params.input_channels
        batch = [
            tf.TensorSpec((None, height, None, channels), tf.float32, name="input_images"),
            tf.TensorSpec((None, 1), tf.int32, name="input_seq_length"),
        ]
        self.read_batch = tf.function(self._read, input_signature=batch)
        if params.num_beam_paths > 1 and params.head_parts.has_ctc:
            # Who searches outside of the graph shall not wait for the search in it.
            self.read_probs = tf.function(self._read_probs, input_signature=batch)

    def signatures(self) -> dict[str, Any]:
        """The documented signatures, each for one image of any size."""
        grey = tf.TensorSpec((None, None, None), tf.float32, name="images")
        rgb = tf.TensorSpec((None, None, 3), tf.float32, name="rgb_images")
        filename = tf.TensorSpec((), tf.string, name="filename")
        read_pixels = tf.function(lambda images: self._read_line(self.prepare(images)))
        read_rgb = tf.function(lambda rgb_images: self._read_line(self.prepare(rgb_images)))
        read_file = tf.function(lambda filename: self._read_file(filename))
        return {
            SIGNATURES["predictions"]: read_pixels.get_concrete_function(grey),
            SIGNATURES["rgb_images"]: read_rgb.get_concrete_function(rgb),
            SIGNATURES["filename"]: read_file.get_concrete_function(filename),
            SIGNATURES["default"]: read_pixels.get_concrete_function(grey),
        }

    def _read_file(self, filename: Any) -> dict[str, Any]:
        """One PNG, JPEG, BMP or GIF file by its name."""
        picture = tf.io.decode_image(tf.io.read_file(filename), expand_animations=False)
        results = self._read_line(self._prepare(tf.cast(picture, tf.float32)))
        return {**results, "filenames": filename[None]}

    def _read_line(self, line: Any) -> dict[str, Any]:
        """One prepared line (H, W, C)."""
        steps = tf.shape(line)[1] // self._params.downscale_factor
        # The traced function, so that the search is traced once for all signatures.
        return self.read_batch(line[None], steps[None, None])

    def prepare(self, picture: Any) -> Any:
        """A line as `images.as_line_image`, `prepare_line` and `standardise` make it.

        Args:
            picture: (H, W, C), 0 to 255, 0 to 1 or of 16 bits; C is 1, 2 (grey, alpha), 3 (RGB) or
                4 (RGBA).

        Returns:
            (H, W, C) float32 of the network's height and channels.
        """
        return self._prepare(_as_bytes(picture))

    def _prepare(self, picture: Any) -> Any:
        picture = _to_channels(picture, self._params.input_channels)
        if self._params.straighten_lines:
            picture = straighten(picture, _to_channels(picture, 1))
        height_px, greatest_width = self._params.input_shape
        downscale = self._params.downscale_factor
        size = tf.shape(picture, out_type=tf.int64)
        steps = (2 * size[1] * height_px + size[0] * downscale) // (2 * size[0] * downscale)
        width = tf.minimum(
            tf.maximum(steps, 1) * downscale, greatest_width // downscale * downscale
        )
        line = tf.image.resize(picture, (height_px, tf.cast(width, tf.int32)), antialias=True)
        line = tf.clip_by_value(tf.round(line), 0.0, 255.0)
        deviation = tf.maximum(
            tf.math.reduce_std(line), tf.math.rsqrt(tf.cast(tf.size(line), tf.float32))
        )
        return (line - tf.reduce_mean(line)) / deviation

    def _read(self, input_images: Any, input_seq_length: Any) -> dict[str, Any]:
        """Prepared lines (B, H, W, C) with their time steps (B, 1).

        Returns:
            codes (B, L) of the best readings, words (B,), best_transcriptions (paths, B),
            logprob_ctc (B, paths), score (B,), time_steps (B,); with CTC probs (T, B, K), with
            attention features (T, B, F), with attention alone path_codes (B, paths, L) too.
        """
        outputs = self._outputs(input_images, input_seq_length)
        steps = tf.reshape(input_seq_length, (-1,))
        all_codes = {}
        if self._params.head_parts.has_ctc:
            readings, log_probs, scores = self._read_by_ctc(outputs, steps)
            outputs["probs"] = tf.nn.softmax(outputs.pop("logits"))
        else:
            readings, log_probs = self._read_by_attention(outputs["features"], steps)
            scores = log_probs
            all_codes = {"path_codes": readings}
        texts = tf.strings.reduce_join(tf.gather(self._units, readings), axis=-1)
        if self._params.label_space_padding:
            texts = tf.strings.regex_replace(texts, "^ | $", "")
        return {
            **{name: tf.transpose(output, (1, 0, 2)) for name, output in outputs.items()},
            **all_codes,
            "codes": readings[:, 0],
            "words": texts[:, 0],
            "best_transcriptions": tf.transpose(texts),
            "logprob_ctc": log_probs,
            "score": _clarity(log_probs, scores),
            "time_steps": steps,
        }

    def _read_probs(self, input_images: Any, input_seq_length: Any) -> dict[str, Any]:
        """Probabilities (T, B, K) alone, and with attention features (T, B, F)."""
        outputs = self._outputs(input_images, input_seq_length)
        outputs["probs"] = tf.nn.softmax(outputs.pop("logits"))
        return {name: tf.transpose(output, (1, 0, 2)) for name, output in outputs.items()}

    def _outputs(self, input_images: Any, input_seq_length: Any) -> dict[str, Any]:
        """Logits (B, T, K) with CTC, features (B, T, F) with attention."""
        inputs = {"input_images": input_images, "input_seq_length": input_seq_length}
        outputs = self.network(inputs, training=False)
        return dict(outputs) if self._params.head_parts.has_attention else {"logits": outputs}

    def _read_by_ctc(self, outputs: dict[str, Any], steps: Any) -> list[Any]:
        """Readings (B, paths, L), best first; their log probabilities and scores (B, paths)."""
        logits = outputs["logits"]
        codes = self._search(tf.transpose(logits, (1, 0, 2)), steps)  # (paths, B, L)
        log_probs = tf.stack([_log_prob(logits, steps, path) for path in codes], axis=1)
        scores, weight = log_probs, self._params.joint_scoring_weight
        if weight and len(codes) > 1:
            features = outputs["features"]
            written = [self.attend(features, steps, path)["log_probs"] for path in codes]
            scores = (1 - weight) * log_probs + weight * tf.stack(written, axis=1)
        order = tf.argsort(scores, direction="DESCENDING", stable=True)  # (B, paths)
        unordered = tf.stack(codes, axis=1), log_probs, scores
        return [tf.gather(values, order, batch_dims=1) for values in unordered]

    def _read_by_attention(self, features: Any, steps: Any) -> tuple[Any, Any]:
        """Readings (B, paths, L), best first, and their log probabilities (B, paths)."""
        n_paths, params = self._params.num_beam_paths, self._params
        is_search = n_paths > 1 or params.decoding == "beam"
        n_beams = max(n_paths, params.attention_beam_width) if is_search else 1
        found = search_readings(
            self.network.decoder, features, steps, n_beams=n_beams, n_readings=n_paths
        )
        # A line with fewer readings has empty ones in the place of those that it lacks.
        codes = tf.where(found.log_probs[:, :, None] > LEAST_LOG_PROB, found.codes, 0)
        longest = tf.reduce_max(tf.math.count_nonzero(codes, axis=-1))
        return codes[:, :, : tf.maximum(longest, 1)], found.log_probs

    def _attend(self, features: Any, input_seq_length: Any, codes: Any) -> dict[str, Any]:
        """How an attention decoder would write given readings.

        Args:
            features: (B, T, F).
            input_seq_length: (B,) time steps.
            codes: (B, L), 0 beyond the end.

        Returns:
            log_probs (B,) of the readings and their ends, unit_log_probs (B, L + 1) of each unit
            and the end, 0 beyond; weights (B, L + 1, T), where it looks.
        """
        logits, weights = self.network.decoder(features, input_seq_length[:, None], codes)
        of_units = unit_log_probs(logits, codes, tf.math.count_nonzero(codes, axis=1))
        total = tf.reduce_sum(of_units, axis=1)
        return {"log_probs": total, "unit_log_probs": of_units, "weights": weights}

    def _search(self, logits: Any, steps: Any) -> list[Any]:
        """Codes (B, L), 0 beyond their end, of each path; all of one length L."""
        n_paths = min(self._params.num_beam_paths, self._params.alphabet.n_classes)
        if n_paths == 1:
            paths, _ = tf.nn.ctc_greedy_decoder(logits, steps, blank_index=BLANK_CODE)
            return [tf.cast(tf.sparse.to_dense(paths[0]), tf.int32)]
        # TensorFlow's beam search takes the last class for the blank.
        rolled = tf.roll(logits, shift=-1, axis=2)
        paths, _ = tf.nn.ctc_beam_search_decoder(
            rolled, steps, beam_width=max(self._params.beam_width, n_paths), top_paths=n_paths
        )
        dense = [tf.sparse.to_dense(path, default_value=-1) + 1 for path in paths]
        longest = tf.reduce_max(tf.stack([tf.shape(path)[1] for path in dense]))
        return [
            tf.cast(tf.pad(path, [[0, 0], [0, longest - tf.shape(path)[1]]]), tf.int32)
            for path in dense
        ]


def _attend_signature(network: Any) -> list[tf.TensorSpec]:
    n_features = network.output["features"].shape[-1]
    return [
        tf.TensorSpec((None, None, n_features), tf.float32, name="features"),
        tf.TensorSpec((None,), tf.int32, name="input_seq_length"),
        tf.TensorSpec((None, None), tf.int32, name="codes"),
    ]


def _as_bytes(picture: Any) -> Any:
    """Pixels 0 to 255, whole numbers, from such, from 0 to 1, or from 16 bits."""
    greatest = tf.reduce_max(picture)
    scale = tf.where(greatest <= 1.0, 255.0, tf.where(greatest > 255.0, 1.0 / 257.0, 1.0))
    return tf.clip_by_value(tf.round(picture * scale), 0.0, 255.0)


def _to_channels(picture: Any, channels: int) -> Any:
    n_channels = tf.shape(picture)[2]
    has_alpha = n_channels % 2 == 0
    alpha = tf.where(has_alpha, picture[:, :, -1:] / 255.0, 1.0)
    n_colours = tf.where(has_alpha, n_channels - 1, n_channels)
    colours = tf.round((picture * alpha + 255.0 * (1.0 - alpha))[:, :, :n_colours])
    # Grey alone becomes three equal channels, of which the luma is the same grey.
    rgb = tf.gather(colours, tf.minimum(tf.range(3), n_colours - 1), axis=2)
    if channels == 3:
        return tf.ensure_shape(rgb, (None, None, 3))
    luma = tf.round(tf.reduce_sum(rgb * tf.constant(GREY_WEIGHTS), axis=2, keepdims=True))
    return tf.ensure_shape(luma, (None, None, 1))


def _log_prob(logits: Any, steps: Any, codes: Any) -> Any:
    """Natural log of P(codes | line), (B,)."""
    # TensorFlow's sparse kernel refuses empty labels, and the dense one needs a column.
    codes = tf.pad(codes, [[0, 0], [0, 1]])
    lengths = tf.math.count_nonzero(codes, axis=1, dtype=tf.int32)
    return -tf.nn.ctc_loss(
        codes, logits, lengths, steps, logits_time_major=False, blank_index=BLANK_CODE
    )


def _clarity(log_probs: Any, scores: Any) -> Any:
    """Best against next reading; without one, against all other texts together (log odds)."""
    best = log_probs[:, 0]
    log_odds = best - tf.math.log(tf.maximum(-tf.math.expm1(best), _GREATEST_LOG_ODDS_GAP))
    if scores.shape[1] == 1:
        return log_odds
    has_next = log_probs[:, 1] > LEAST_LOG_PROB
    return tf.where(has_next, scores[:, 0] - scores[:, 1], log_odds)
