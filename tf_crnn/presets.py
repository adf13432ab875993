"""Named parts of a configuration: networks of some sizes, and mixes of augmentation."""

import difflib
import json
from importlib import resources
from typing import Any

_FOLDER = resources.files("tf_crnn.resources").joinpath("presets")

# Name -> for what; the values are in `resources/presets/<name>.json`.
PRESETS = {
    "tiny": "a small network, for print or a slow machine",
    "small": "a network for a few thousand lines on a processor",
    "base": "a greater network, for more lines or a GPU",
    "handwriting": "augmentation for handwriting",
    "print": "augmentation for print",
}


def read_preset(name: str) -> dict[str, Any]:
    """The keys and values of a preset.

    Args:
        name: of `PRESETS`.
    """
    values = json.loads(_FOLDER.joinpath(f"{name}.json").read_text(encoding="utf-8"))
    return dict(values)


def neither(word: str) -> str:
    """Say that a word is nothing that a configuration can be made of."""
    near = difflib.get_close_matches(word, PRESETS, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return (
        f"{word}: is neither key=value (without spaces), nor a .json file, nor one of "
        f"{', '.join(PRESETS)}.{hint}"
    )
