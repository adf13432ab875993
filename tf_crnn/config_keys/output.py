"""Keys of what a run leaves: its folder, saves, exports and pictures."""

from dataclasses import dataclass

from tf_crnn.config_keys.key import key, string, whole


@dataclass(frozen=True, init=False)
class OutputKeys:
    """See `Params`."""

    output_model_dir: str = key(
        "", "folder of the run; must not exist yet, unless restore_model", string
    )
    evaluate_every_epoch: int = key(
        5, "every so many epochs the best model, if new, is exported", whole()
    )
    sample_every_epoch: int = key(
        5,
        "every so many epochs a picture shows how some validation lines are read; 0 for never",
        whole(0),
    )
    save_interval: int = key(
        20, "every so many epochs the save is kept, beside the best and the last", whole()
    )
    keep_max_models: int = key(3, "how many of those saves, and of the exports, are kept", whole())
