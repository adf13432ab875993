"""A training that begins with another model: what it takes over, and what must be the same."""

import hashlib
import json
import logging
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tf_crnn.alphabet import Alphabet
from tf_crnn.checkpoints import (
    ALPHABET_JSON,
    EXPORTED_WEIGHTS,
    FINE_TUNED_FROM_JSON,
    SAVING,
    WEIGHTS_H5,
    ModelFiles,
    find_model,
    list_saves,
    load_params,
    read_state,
    validation_rank,
)
from tf_crnn.config import Params
from tf_crnn.config_keys.fine_tuning import UNION
from tf_crnn.config_keys.network import keys_without_effect
from tf_crnn.config_values import list_problems, normalise, plain
from tf_crnn.errors import ModelFolderError
from tf_crnn.run_folder import HEAD_KEYS, NETWORK_KEYS, OPTIMIZER_KEYS, TRAINING_LAYER_KEYS
from tf_crnn.samples import as_paths
from tf_crnn.stamped import read_json, write_whole
from tf_crnn.text_rules import RULE_KEYS

logger = logging.getLogger(__name__)

# The model reads well only what is prepared as its training lines were.
_FREE_KEYS = {*OPTIMIZER_KEYS, *HEAD_KEYS, *TRAINING_LAYER_KEYS}
KEPT_KEYS = (
    *(key for key in NETWORK_KEYS if key not in _FREE_KEYS),
    *RULE_KEYS,
    "label_space_padding",
)
# The others hang together with those above, but may be set anew.
_TAKEN_KEYS = (*KEPT_KEYS, *HEAD_KEYS, "max_chars_per_string")
_ALPHABET_KEY = "lookup_alphabet_file"


class Units(NamedTuple):
    """What becomes of the units of a model in a training that begins with it."""

    kept: list[str]
    new: list[str]
    dropped: list[str]


def take_over(values: Mapping[str, Any], given: Collection[str] | None = None) -> dict[str, Any]:
    """A configuration with what the model named by `restore_from` decides.

    Network and text rules are those of the model, as far as `values` does not say them. The
    alphabet is that of the model where none is named; with `restore_alphabet: union` both.

    Args:
        values: of a configuration; unchanged if it names no model.
        given: keys that the user has said; all of `values` without.

    Raises:
        ModelFolderError: there is no such model, or `values` says otherwise than it; the message
            names each value and that of the model.
    """
    files = _source(values)
    if files is None:
        return dict(values)
    said = set(values if given is None else given)
    model = load_params(files.folder)
    without_effect = keys_without_effect(model.backbone)
    differing = [
        f"{key}: {plain(values[key])} here, {plain(getattr(model, key))} in the model"
        for key in KEPT_KEYS
        if key in said
        and key not in without_effect
        and not _is_same(key, values[key], getattr(model, key))
    ]
    if differing:
        raise ModelFolderError(
            f"restore_from={values['restore_from']}: that model was trained otherwise, and would "
            f"not read what is prepared like this:\n{list_problems(differing)}\n"
            "Leave these keys out, then the model's values are taken over; or give its values; or "
            "train without restore_from."
        )
    defaults = Params.defaults()
    changed = {
        key: plain(getattr(model, key))
        for key in _TAKEN_KEYS
        if key not in said and normalise(key, values.get(key, defaults[key])) != getattr(model, key)
    }
    for key, value in changed.items():
        logger.info("%s: %s, as in %s", key, value, files.folder)
    return {**values, **changed, _ALPHABET_KEY: _alphabet_files(values, files.folder)}


def resolved(params: Params) -> Params:
    """Parameters with the alphabet that `restore_from` and `restore_alphabet` lead to.

    Raises:
        ModelFolderError: see `take_over`; every value of the parameters counts as said.
    """
    return Params(**take_over(params.to_dict())) if params.restore_from else params


def find_weights(path: str) -> ModelFiles:
    """The model that `path` stands for; of an export and its save, the save.

    Raises:
        ModelFolderError: there is none.
    """
    try:
        files = find_model(path)
    except ModelFolderError as error:
        raise ModelFolderError(f"restore_from: {error}") from error
    if not files.is_export:
        return files
    rank = validation_rank(read_state(files.folder))
    saves = list_saves(files.folder.resolve().parents[1] / SAVING)
    same = [save.folder for save in saves if validation_rank(save.state) == rank]
    return ModelFiles(same[-1], is_export=False) if same else files


def compare_units(model: Alphabet, trained: Alphabet) -> Units:
    """Which units two alphabets share, and which only one of them has."""
    return Units(
        [unit for unit in model.alphabet_units if unit in trained.lookup_str2int],
        [unit for unit in trained.alphabet_units if unit not in model.lookup_str2int],
        [unit for unit in model.alphabet_units if unit not in trained.lookup_str2int],
    )


def describe_origin(params: Params) -> dict[str, Any]:
    """Which model a training begins with, JSON-ready, as `fine_tuned_from`; empty if with none.

    Of a run that is gone on with, what was written when it began.
    """
    if not params.restore_from:
        return {}
    written = Path(params.output_model_dir) / FINE_TUNED_FROM_JSON
    if params.restore_model and written.is_file():
        return {"fine_tuned_from": read_json(written)}
    files = find_weights(params.restore_from)
    state = read_state(files.folder)
    units = compare_units(load_params(files.folder).alphabet, params.alphabet)
    origin: dict[str, Any] = {
        "model": str(files.folder.resolve()),
        "epoch": state.get("epoch"),
        "val_cer": state.get("val_cer"),
        "weights_sha256": _hash_of_weights(files),
        "units_kept": len(units.kept),
        "units_new": units.new,
        "units_dropped": units.dropped,
    }
    return {"fine_tuned_from": origin}


def write_origin(params: Params) -> dict[str, Any]:
    """Write what `describe_origin` gives into the run folder, if it is anything; return it."""
    about = describe_origin(params)
    if about:
        text = json.dumps(about["fine_tuned_from"], ensure_ascii=False, indent=2)
        write_whole(Path(params.output_model_dir) / FINE_TUNED_FROM_JSON, text + "\n")
    return about


def _source(values: Mapping[str, Any]) -> ModelFiles | None:
    """The model to take over from: of a run that is gone on with, its own last save."""
    path = normalise("restore_from", values.get("restore_from"))
    if not isinstance(path, str) or not path:
        return None
    folder = normalise("output_model_dir", values.get("output_model_dir"))
    is_resumed = normalise("restore_model", values.get("restore_model")) is True and bool(folder)
    saves = list_saves(Path(folder) / SAVING) if is_resumed else []
    return ModelFiles(saves[-1].folder, is_export=False) if saves else find_weights(path)


def _is_same(key: str, value: Any, of_model: Any) -> bool:
    value = normalise(key, value)
    if key == "input_shape" and isinstance(value, tuple):
        # The height is what the network sees; the width only says which lines are squeezed.
        return value[:1] == of_model[:1] and len(value) == len(of_model)
    return bool(value == of_model)


def _alphabet_files(values: Mapping[str, Any], model_folder: Path) -> Any:
    given = values.get(_ALPHABET_KEY)
    of_model = _alphabet_file(model_folder)
    if not given:
        return of_model
    paths = as_paths(normalise(_ALPHABET_KEY, given))
    if values.get("restore_alphabet", UNION) != UNION or not all(p.is_file() for p in paths):
        return given
    units = compare_units(Alphabet(of_model), Alphabet([str(path) for path in paths]))
    if not units.dropped:
        return given
    return [of_model, *map(str, paths)] if units.new else of_model


def _alphabet_file(model_folder: Path) -> str:
    """The alphabet of a model; that of its run, if it is the same one, since saves go."""
    own = model_folder / ALPHABET_JSON
    of_run = model_folder.resolve().parents[1] / ALPHABET_JSON
    is_same = of_run.is_file() and of_run.read_bytes() == own.read_bytes()
    return str(of_run if is_same else own)


def _hash_of_weights(files: ModelFiles) -> str:
    name = EXPORTED_WEIGHTS if files.is_export else WEIGHTS_H5
    with (files.folder / name).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
