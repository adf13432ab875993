"""The recogniser as Keras models: for training, for inference, and the network both share."""

from typing import Any

import keras
from keras import ops

from tf_crnn.backbones import tf_crnn_backbone
from tf_crnn.config import Params
from tf_crnn.heads.ctc import CTCLineLosses
from tf_crnn.layers import AllTimeSteps, ConvBlock
from tf_crnn.training_metrics import UnitErrorRate

__all__ = [
    "ConvBlock",
    "TrainingModel",
    "get_crnn_output",
    "get_model_inference",
    "get_model_train",
    "get_network",
]

_OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "rms": keras.optimizers.RMSprop,
    "ada": keras.optimizers.Adadelta,
}


class TrainingModel(keras.Model):
    """A functional model of images and labels whose outputs hold the logits and each line's loss.

    Attributes:
        network: the part that is kept: images and time steps in, logits out.
        error_rate: the running error rate of the epoch.
    """

    network: keras.Model
    error_rate: UnitErrorRate

    def compute_loss(
        self,
        x: Any = None,  # noqa: ARG002
        y: Any = None,  # noqa: ARG002
        y_pred: Any = None,
        sample_weight: Any = None,  # noqa: ARG002
        training: bool = True,  # noqa: ARG002
    ) -> Any:
        """Mean CTC loss of the batch's lines, in nats a line."""
        return ops.mean(y_pred["line_losses"])

    def compute_metrics(
        self,
        x: Any,
        y: Any,  # noqa: ARG002
        y_pred: Any,
        sample_weight: Any = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """The running loss and unit error rate of the epoch."""
        self.error_rate.update_state(
            (x["label_codes"], x["label_seq_length"]), (y_pred["logits"], x["input_seq_length"])
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


def get_network(parameters: Params, *, dropout: float = 0.0) -> keras.Model:
    """The network that is trained, saved and exported.

    Args:
        parameters: of the network.
        dropout: share of each BiLSTM layer's inputs dropped; for training alone. Its random state
            would be part of an export, although reading never uses it.

    Returns:
        A model {input_images (B, H, W, C), input_seq_length (B, 1)} -> logits (B, T, n_classes).
    """
    inputs = _image_inputs(parameters)
    images, time_steps = inputs["input_images"], inputs["input_seq_length"]
    logits = _logits(images, time_steps, parameters, dropout)
    return keras.Model(inputs, logits, name="network")


def get_model_train(parameters: Params) -> TrainingModel:
    """A compiled model for `fit` on batches of `dataset_generator`.

    Its inputs are input_images (B, H, W, C), input_seq_length (B, 1), label_codes (B, L) and
    label_seq_length (B, 1); its outputs logits (B, T, n_classes) and line_losses (B,).
    """
    keras.utils.set_random_seed(parameters.seed)
    network = get_network(parameters, dropout=parameters.rnn_dropout)
    inputs = {
        **_image_inputs(parameters),
        "label_codes": keras.Input((None,), dtype="int32", name="label_codes"),
        "label_seq_length": keras.Input((1,), dtype="int32", name="label_seq_length"),
    }
    logits = network({key: inputs[key] for key in ("input_images", "input_seq_length")})
    losses = CTCLineLosses(name="line_losses")(
        logits, inputs["label_codes"], inputs["input_seq_length"], inputs["label_seq_length"]
    )
    model = TrainingModel(inputs, {"logits": logits, "line_losses": losses}, name="training")
    model.network = network
    model.error_rate = UnitErrorRate(name="cer")
    # XLA halves the speed of this network on a CPU.
    model.compile(_make_optimizer(parameters), jit_compile=False)
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
    network = get_network(parameters)
    if weights_path is not None:
        network.load_weights(weights_path)
    inputs = {
        **_image_inputs(parameters),
        "filename_images": keras.Input((1,), dtype="string", name="filename_images"),
    }
    logits = network({key: inputs[key] for key in ("input_images", "input_seq_length")})
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


def _logits(images: Any, time_steps: Any, params: Params, dropout: float = 0.0) -> Any:
    if time_steps is None:
        time_steps = AllTimeSteps(params.downscale_factor, name="time_steps")(images)
    features = tf_crnn_backbone(images, time_steps, params, dropout=dropout)
    return keras.layers.Dense(params.alphabet.n_classes, dtype="float32", name="logits")(features)


def _softmax(logits: Any) -> Any:
    # The Softmax layer would take the sequence mask for a mask over the classes.
    return keras.layers.Activation("softmax", name="probs")(logits)


def _make_optimizer(params: Params) -> keras.optimizers.Optimizer:
    return _OPTIMIZERS[params.optimizer](
        params.learning_rate, global_clipnorm=params.max_gradient_norm or None
    )
