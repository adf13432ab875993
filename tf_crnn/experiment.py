"""Training as a Sacred experiment: the command line of `training.py`."""

import copy
import json
import logging
import os
import sys
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, TextIO

import sacred
from sacred.arg_parser import get_config_updates
from sacred.observers import SqlObserver
from sacred.utils import SacredError, apply_backspaces_and_linefeeds

from tf_crnn.config import Params, import_params_from_json, read_part
from tf_crnn.errors import CrnnError
from tf_crnn.fine_tuning import describe_origin, resolved, take_over
from tf_crnn.interrupts import install
from tf_crnn.presets import PRESETS, neither, read_preset
from tf_crnn.provenance import (
    PACKAGE_FOLDER,
    describe_code,
    describe_data,
    has_git_commit,
    installed_versions,
)
from tf_crnn.run_folder import RunFolder
from tf_crnn.samples import as_paths
from tf_crnn.tensorflow_start import load_tensorflow_quietly
from tf_crnn.text_rules import REPLACEMENTS
from tf_crnn.tracking.observers import CurrentStderrHandler, keep_cer_as_result, take_observers

# The default mode, `fd`, loses output at random.
sacred.SETTINGS.CAPTURE_MODE = "sys"
sacred.SETTINGS.HOST_INFO.INCLUDE_GPU_INFO = False

ex = sacred.Experiment("crnn", save_git_info=has_git_commit(PACKAGE_FOLDER))
ex.captured_out_filter = apply_backspaces_and_linefeeds
ex.add_config(Params.defaults())
for _preset in PRESETS:
    ex.add_named_config(_preset, read_preset(_preset))
for _package, _version in installed_versions().items():
    ex.add_package_dependency(_package, _version)


class Error(SacredError):
    """A user's mistake, shown without a traceback."""

    __module__ = "builtins"

    def __init__(self, cause: object) -> None:
        """Args: cause: whose message is shown."""
        super().__init__(f"\n{cause}", print_traceback=False)


class _Given:
    """Keys of the command line; Sacred tells them to one hook, and another needs them."""

    keys: frozenset[str] = frozenset()


@ex.option_hook
def set_observers(options: dict[str, Any]) -> None:
    """Keep what else the command line says; refuse a place that cannot be recorded to."""
    _Given.keys = given_keys(options.get("UPDATE") or ())
    is_recorded = options.get("COMMAND") in (None, "train") and not options.get("--unobserved")
    try:
        ex.observers.extend(take_observers(options, os.environ, is_recorded=is_recorded))
    except CrnnError as error:
        raise Error(error) from error


@ex.config_hook
def check_config(config: dict[str, Any], command_name: str, logger: Any) -> dict[str, Any]:  # noqa: ARG001 - Sacred asks for these names
    """Refuse a config that cannot be used, before anything is written."""
    # Sacred's own command save_config takes this one.
    values = {key: value for key, value in config.items() if key != "config_filename"}
    try:
        completed = take_over(values, _said(values))
        if command_name == "train":
            params = Params.for_training(completed)
            RunFolder(params.output_model_dir).check(params)
        else:
            Params(**completed)
    except CrnnError as error:
        raise Error(error) from error
    return {key: value for key, value in completed.items() if value != config[key]}


def _said(config: Mapping[str, Any]) -> frozenset[str]:
    """Keys that are in the files and values of the command line, or have not their default."""
    return _Given.keys | {k for k, old in Params.defaults().items() if config.get(k) != old}


@ex.command(unobserved=False)
def train(_config: dict[str, Any], _run: Any) -> dict[str, Any]:
    """Train, and keep the run's metrics, inputs, pictures and report."""
    # TensorFlow takes seconds to load; a faulty config is refused before.
    load_tensorflow_quietly()
    from tf_crnn.device import describe_device
    from tf_crnn.trainer import train as run_training

    params = resolved(Params.for_training(copy.deepcopy(_config)))
    for observer in _run.observers:
        if isinstance(observer, SqlObserver):
            keep_cer_as_result(observer)
    try:
        for path in input_files(params):
            _run.add_resource(path)
        about = {
            "data": describe_inputs(params),
            "code": describe_code(),
            "device": describe_device(),
            **describe_origin(params),
        }
        _run.info |= about
        has_bar = is_terminal(sys.__stdout__)
        result = run_training(params, _run, about=about, progress_bar=has_bar)
    except CrnnError as error:
        raise Error(error) from error
    except OSError as error:
        if error.filename is None:
            raise
        raise Error(f"{error.filename}: {error.strerror}.") from error
    finally:
        # Sacred sends no output after this when a run fails or is interrupted.
        _run._emit_heartbeat()
    _run.info["result"] = result.to_dict()
    return result.to_dict()


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person looks at a stream; what Sacred captures goes through another one."""
    return stream is not None and stream.isatty()


def input_files(params: Params) -> list[str]:
    """The alphabet and the CSVs; of a pack, the CSV in it."""
    groups = (params.lookup_alphabet_file, params.csv_files_train, params.csv_files_eval)
    return [str(path) for group in groups for path in as_paths(group or ())]


def describe_inputs(params: Params) -> dict[str, Any]:
    """The fingerprints of the training and validation lines."""
    delimiters = params.csv_delimiter, params.string_split_delimiter
    sets = {"train": params.csv_files_train, "eval": params.csv_files_eval}
    return {name: describe_data(files, *delimiters) for name, files in sets.items() if files}


def given_keys(updates: Sequence[str]) -> frozenset[str]:
    """The keys that stand in the values, files and presets behind `with`."""
    values, parts = get_config_updates(list(updates))
    return frozenset(values).union(*map(read_part, parts))


def check_config_files(arguments: list[str]) -> None:
    """End with a message where what stands behind `with` cannot be taken."""
    behind_with = arguments[arguments.index("with") + 1 :] if "with" in arguments else []
    for name in takewhile(lambda argument: not argument.startswith("-"), behind_with):
        if "=" in name.strip("="):
            continue
        if name in PRESETS:
            continue
        if not name.endswith(".json"):
            sys.exit(f"Error: {neither(name)}")
        try:
            values = import_params_from_json(json_filename=name)
        except CrnnError as error:
            sys.exit(f"Error: {error}")
        if isinstance(table := values.get(REPLACEMENTS), dict):
            pairs = json.dumps(list(table.items()), ensure_ascii=False)
            sys.exit(f"Error: {name}: {REPLACEMENTS}: Sacred takes no object here; write {pairs}.")
        if Path(name).read_bytes().startswith(BOM_UTF8):
            sys.exit(f"Error: {name}: begins with a byte order mark. Save it as UTF-8 without.")


def as_python(argument: str) -> str:
    """`key=true` as `key=True`: Sacred reads values as Python, people write them as JSON."""
    key, equals, value = argument.partition("=")
    if not key.isidentifier():
        return argument
    return key + equals + {"true": "True", "false": "False", "null": "None"}.get(value, value)


def main() -> None:
    """Run the command line."""
    package_log = logging.getLogger("tf_crnn")
    package_log.setLevel(logging.INFO)
    package_log.addHandler(CurrentStderrHandler())
    package_log.propagate = False
    for name in ("tensorflow", "absl"):
        logging.getLogger(name).setLevel(logging.WARNING)
    install()
    ex.default_command = "train"
    check_config_files(sys.argv)
    try:
        ex.run_commandline([as_python(argument) for argument in sys.argv])
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
