"""Presets: each can be used, alone and with the others."""

from importlib import resources

import pytest

from tf_crnn.config import Params, read_updates
from tf_crnn.config_keys.augmentation import AugmentationKeys
from tf_crnn.config_keys.network import NetworkKeys
from tf_crnn.errors import ConfigError
from tf_crnn.presets import PRESETS, read_preset


def test_every_file_is_a_preset_and_every_preset_has_a_file() -> None:
    folder = resources.files("tf_crnn.resources").joinpath("presets")

    assert sorted(f.name for f in folder.iterdir()) == sorted(f"{name}.json" for name in PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_speaks_of_one_subject_alone(name: str) -> None:
    subject = NetworkKeys if name in ("tiny", "small", "base") else AugmentationKeys

    values = read_preset(name)

    Params(**values)
    assert set(values) <= set(subject.__dataclass_fields__)


def test_later_words_win() -> None:
    values = read_updates(["small", "rnn_units=[7]", "handwriting"])

    assert values["rnn_units"] == [7]
    assert values["backbone"] == "vgg"
    assert values["data_augmentation_grid"] > 0


def test_a_word_that_is_nothing_gets_the_nearest_preset_suggested() -> None:
    with pytest.raises(ConfigError, match=r"smal: is neither.*Did you mean small\?"):
        read_updates(["smal"])
