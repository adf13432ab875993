"""The recogniser as Keras models: for training, for inference, and the network both share."""

from typing import Any

import keras
from keras import ops

from tf_crnn.config import Params
from tf_crnn.device import compute_policy
from tf_crnn.encoder import encode
from tf_crnn.errors import ConfigError
from tf_crnn.heads.ctc import CTCLineLosses
from tf_crnn.heads.from_params import (
    Network,
    ctc_logits,
    make_network,
    put_heads,
    training_outputs,
)
from tf_crnn.layers import AllTimeSteps, ConvBlock
from tf_crnn.optimizers import make_optimizer
from tf_crnn.sharpness import sharpness_aware_step
from tf_crnn.training_metrics import NextUnitErrorRate, UnitErrorRate

__all__ = [
    "ConvBlock",
    "TrainingModel",
    "get_crnn_output",
    "get_model_inference",
    "get_model_train",
    "get_network",
]


class TrainingModel(keras.Model):
    """A functional model of images and labels whose outputs hold each line's loss.

    Attributes:
        network: the part that is kept.
        error_rate: the running error rate of the epoch.
        sam_radius: of sharpness-aware minimisation, 0 for none.
    """

    network: Network
    error_rate: UnitErrorRate | NextUnitErrorRate
    sam_radius: float = 0.0

    def compute_loss(
        self,
        x: Any = None,  # noqa: ARG002
        y: Any = None,  # noqa: ARG002
        y_pred: Any = None,
        sample_weight: Any = None,  # noqa: ARG002
        training: bool = True,  # noqa: ARG002
    ) -> Any:
        """Mean loss of the batch's lines, in nats a line, and the weighted ones beside it."""
        losses = [ops.mean(value) for name, value in y_pred.items() if name.endswith("_losses")]
        return sum(losses[1:], losses[0])

    def train_step(self, *args: Any) -> Any:
        """One step of the optimizer; with `sam_radius`, where the loss is worst around."""
        if self.sam_radius:
            return sharpness_aware_step(self, self.sam_radius, *args)
        return super().train_step(*args)

    def compute_metrics(
        self,
        x: Any,
        y: Any,  # noqa: ARG002
        y_pred: Any,
        sample_weight: Any = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """The running loss and unit error rate of the epoch."""
        said = y_pred["logits" if "logits" in y_pred else "unit_logits"]
        self.error_rate.update_state(
            (x["label_codes"], x["label_seq_length"]), (said, x["input_seq_length"])
        )
        return self.get_metrics_result()


def get_crnn_output(input_images: Any, parameters: Params, input_seq_length: Any = None) -> Any:
    """Class probabilities of every time step.

    Args:
        input_images: (B, H, W, C) float32, standardised, zero beyond each line's end.
        parameters: of the network.
        input_seq_length: (B, 1) integers, time steps of each line; without it all W columns count.

    Returns:
        (B, T, n_classes), T = W / downscale_factor; class 0 is the CTC blank.
    """
    return _softmax(_logits(input_images, input_seq_length, parameters))


def get_network(parameters: Params) -> Network:
    """The network that is saved and exported.

    Args:
        parameters: of the network.

    Returns:
        A model {input_images (B, H, W, C), input_seq_length (B, 1)} -> what `Network` says, for
        head ctc logits (B, T, n_classes).
    """
    inputs = _image_inputs(parameters)
    encoded = encode(inputs["input_images"], inputs["input_seq_length"], parameters)
    return make_network(inputs, put_heads(encoded.context, parameters))


def get_model_train(parameters: Params) -> TrainingModel:
    """A compiled model for `fit` on batches of `dataset_generator`.

    Its inputs are input_images (B, H, W, C), input_seq_length (B, 1), label_codes (B, L) and
    label_seq_length (B, 1); its outputs those of `training_outputs` and, with
    `shortcut_loss_weight`, shortcut_losses (B,), weighted.
    """
    keras.utils.set_random_seed(parameters.seed)
    with compute_policy(mixed=parameters.mixed_precision):
        model = _training_model(parameters)
    has_ctc = parameters.head_parts.has_ctc
    model.error_rate = (UnitErrorRate if has_ctc else NextUnitErrorRate)(name="cer")
    model.sam_radius = parameters.sam_radius
    # XLA halves the speed of this network on a CPU.
    model.compile(make_optimizer(parameters), jit_compile=False)
    return model


def get_model_inference(parameters: Params, weights_path: str | None = None) -> keras.Model:
    """A model for `predict` on batches of `dataset_generator(..., use_labels=False)`.

    Args:
        parameters: of the network.
        weights_path: a `.weights.h5` file, as the saves of a run hold it.

    Returns:
        A model {input_images (B, H, W, C), input_seq_length (B, 1), filename_images (B, 1)} ->
        (probabilities (B, T, n_classes), time steps (B, 1), file names (B, 1)).
    """
    _refuse_without_ctc(parameters)
    network = get_network(parameters)
    if weights_path is not None:
        network.load_weights(weights_path)
    inputs = {
        **_image_inputs(parameters),
        "filename_images": keras.Input((1,), dtype="string", name="filename_images"),
    }
    outputs = network({key: inputs[key] for key in ("input_images", "input_seq_length")})
    logits = outputs["logits"] if parameters.head_parts.has_attention else outputs
    outputs = (
        _softmax(logits),
        keras.layers.Identity(name="seq_len")(inputs["input_seq_length"]),
        keras.layers.Identity(name="filenames", dtype="string")(inputs["filename_images"]),
    )
    return keras.Model(inputs, outputs, name="inference")


def _image_inputs(params: Params) -> dict[str, Any]:
    height_px = params.input_shape[0]
    return {
        "input_images": keras.Input((height_px, None, params.input_channels), name="input_images"),
        "input_seq_length": keras.Input((1,), dtype="int32", name="input_seq_length"),
    }


def _training_model(params: Params) -> TrainingModel:
    inputs = _image_inputs(params)
    labels = {
        "label_codes": keras.Input((None,), dtype="int32", name="label_codes"),
        "label_seq_length": keras.Input((1,), dtype="int32", name="label_seq_length"),
    }
    time_steps = inputs["input_seq_length"]
    encoded = encode(inputs["input_images"], time_steps, params, for_training=True)
    heads = put_heads(encoded.context, params, for_training=True)
    outputs = training_outputs(heads, {**inputs, **labels}, params)
    if params.shortcut_loss_weight:
        targets = labels["label_codes"], time_steps, labels["label_seq_length"]
        losses = CTCLineLosses(name="shortcut_losses")(_shortcut(encoded.columns, params), *targets)
        outputs["shortcut_losses"] = losses * params.shortcut_loss_weight
    model = TrainingModel({**inputs, **labels}, outputs, name="training")
    model.network = make_network(inputs, heads)
    return model


def _shortcut(columns: Any, params: Params) -> Any:
    """Logits without the BiLSTM, (B, T, n_classes) (Retsinas et al. 2022)."""
    if params.shortcut_dropout:
        columns = keras.layers.Dropout(params.shortcut_dropout, seed=params.seed)(columns)
    convolution = keras.layers.Conv1D(
        params.alphabet.n_classes, 3, padding="same", dtype="float32", name="shortcut_logits"
    )
    return convolution(columns)


def _logits(images: Any, time_steps: Any, params: Params) -> Any:
    if time_steps is None:
        time_steps = AllTimeSteps(params.downscale_factor, name="time_steps")(images)
    _refuse_without_ctc(params)
    return ctc_logits(encode(images, time_steps, params).context, params)


def _refuse_without_ctc(params: Params) -> None:
    if not params.head_parts.has_ctc:
        raise ConfigError(
            f"head {params.head}: has no probabilities for time steps, which need head ctc or "
            "joint. Read with PredictionModel."
        )


def _softmax(logits: Any) -> Any:
    # The Softmax layer would take the sequence mask for a mask over the classes.
    return keras.layers.Activation("softmax", name="probs")(logits)
