"""Keys of the training: how long, how fast and when it ends."""

from dataclasses import dataclass

from tf_crnn.config_keys.key import OneOf, flag, key, number, positive, share, whole

OPTIMIZERS = ("adam", "rms", "ada")


@dataclass(frozen=True, init=False)
class TrainingKeys:
    """See `Params`."""

    n_epochs: int = key(50, "epochs of this run; a restored run trains as many more", whole())
    max_minutes: float = key(
        0.0, "training ends after the epoch that passes this time; 0 for no limit", number()
    )
    train_batch_size: int = key(64, "lines in a training batch", whole())
    eval_batch_size: int = key(128, "lines in a validation batch", whole())
    learning_rate: float = key(1e-4, "rate at the start", positive)
    optimizer: str = key("adam", "adam, rms (RMSprop) or ada (Adadelta)", OneOf(OPTIMIZERS))
    max_gradient_norm: float = key(
        5.0, "gradients are scaled down to this norm; 0 for no limit", number()
    )
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
