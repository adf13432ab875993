"""Keys of the training: how long, how fast and when it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tf_crnn.config_keys.key import OneOf, flag, key, number, positive, share, whole

OPTIMIZERS = ("adam", "adamw", "rms", "ada")
SCHEDULES = ("plateau", "cosine", "one_cycle", "trapezoid")


@dataclass(frozen=True, init=False)
class TrainingKeys:
    """See `Params`."""

    n_epochs: int = key(50, "epochs of this run; a restored run trains as many more", whole())
    max_minutes: float = key(
        0.0, "training ends after the epoch that passes this time; 0 for no limit", number()
    )
    train_batch_size: int = key(64, "lines in a training batch", whole())
    eval_batch_size: int = key(128, "lines in a validation batch", whole())
    learning_rate: float = key(1e-4, "rate at the start, or the greatest of a schedule", positive)
    optimizer: str = key("adam", "adam, adamw, rms (RMSprop) or ada (Adadelta)", OneOf(OPTIMIZERS))
    weight_decay: float = key(
        0.0, "decay of the weights, less biases, gains and norms; for adamw", number()
    )
    max_gradient_norm: float = key(
        5.0, "gradients are scaled down to this norm; 0 for no limit", number()
    )
    gradient_accumulation: int = key(
        1, "batches whose gradients are averaged for one step of the optimizer", whole()
    )
    sam_radius: float = key(
        0.0,
        "sharpness-aware minimisation: how far the weights are moved to where the loss is worse "
        "before each step; doubles the cost; 0 for none",
        number(),
    )
    ema_momentum: float = key(
        0.0,
        "of the moving average of the weights, which is then validated and exported; 0 for none",
        share,
    )
    mixed_precision: bool = key(
        False, "compute in bfloat16 where the device has it, and keep weights in float32", flag
    )
    lr_schedule: str = key(
        "plateau",
        "plateau (lower when val_loss stalls), or over all epochs: cosine, one_cycle, or trapezoid "
        "(rise, stay, fall)",
        OneOf(SCHEDULES),
    )
    warmup_share: float = key(
        0.05,
        "share of the steps in which a schedule rises to learning_rate; of one_cycle at least 0.3",
        share,
    )
    decay_share: float = key(0.3, "share of the steps in which a trapezoid falls", share)
    reduce_lr_factor: float = key(
        0.5, "the rate is multiplied by this when val_loss stalls; 0 for never", share
    )
    reduce_lr_patience: int = key(10, "epochs without a better val_loss before that", whole())
    min_learning_rate: float = key(1e-8, "the rate is not lowered below this", number())
    early_stopping_patience: int = key(
        20, "training ends after so many epochs without a better val_loss", whole()
    )
    early_stopping_min_delta: float = key(
        0.005, "a val_loss counts as better when lower by this", number()
    )
    image_cache_mb: float = key(
        512, "memory for prepared line images, in MB; 0 reads them every epoch", number()
    )
    seed: int = key(42, "of weights, order and augmentation", whole(0))
    restore_model: bool = key(False, "go on from the last save in output_model_dir", flag)


def wrong_training(values: Mapping[str, Any]) -> list[str]:
    """A sentence for each value that cannot be used beside the others."""
    problems = []
    if values["weight_decay"] and values["optimizer"] != "adamw":
        problems.append(
            f"weight_decay: is {values['weight_decay']!r}, but optimizer {values['optimizer']!r} "
            "does not decay weights. Take adamw, or set it to 0."
        )
    if values["sam_radius"] and values["gradient_accumulation"] != 1:
        problems.append("sam_radius: does not go with gradient_accumulation. Leave one of them.")
    if values["ema_momentum"] and _has_batch_norm(values):
        problems.append(
            "ema_momentum: averaged weights would be read with the batch statistics of others. Set "
            "it to 0, or normalise by stage_norm rms or layer."
        )
    return problems


def _has_batch_norm(values: Mapping[str, Any]) -> bool:
    if values["backbone"] != "tf_crnn":
        return bool(values["stage_norm"] == "batch")
    norms = values["cnn_batch_norm"]
    return isinstance(norms, list | tuple) and any(norms)
