"""Train as a Sacred experiment: `python training.py with config.json [key=value ...]`."""

import copy
import logging
import os
import signal
import sys
from codecs import BOM_UTF8
from itertools import takewhile
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV_PYTHON = HERE / ".venv" / "bin" / "python"

try:
    import sacred
except ModuleNotFoundError:
    if not VENV_PYTHON.exists() or Path(sys.prefix) == VENV_PYTHON.parents[1]:
        sys.exit("training.py: sacred is not installed here. Run `make install` first.")
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.argv])

from sacred.observers import FileStorageObserver, SqlObserver
from sacred.observers.mongo import parse_mongo_db_arg
from sacred.utils import apply_backspaces_and_linefeeds

from tf_crnn.config import Params, import_params_from_json
from tf_crnn.errors import CrnnError, TrackingError
from tf_crnn.run_folder import RunFolder
from tf_crnn.tensorflow_start import load_tensorflow_quietly
from tf_crnn.tracking.observers import (
    DEFAULT_RUNS_FOLDER,
    CurrentStderrHandler,
    check_mongo_answers,
    has_git_commit,
    installed_versions,
    keep_cer_as_result,
    wants_default_observer,
)

# The default mode, `fd`, loses output at random.
sacred.SETTINGS.CAPTURE_MODE = "sys"
sacred.SETTINGS.HOST_INFO.INCLUDE_GPU_INFO = False

ex = sacred.Experiment("crnn", save_git_info=has_git_commit(HERE))
ex.captured_out_filter = apply_backspaces_and_linefeeds
ex.add_config(Params.defaults())
for package, installed in installed_versions().items():
    ex.add_package_dependency(package, installed)


class Error(sacred.utils.SacredError):
    """A user's mistake, shown without a traceback."""

    __module__ = "builtins"

    def __init__(self, cause):
        """Args: cause: whose message is shown."""
        super().__init__(f"\n{cause}", print_traceback=False)


def mongo_address(argument):
    """HOST:PORT of what follows -m, which Sacred also takes without them."""
    try:
        return parse_mongo_db_arg(argument).get("url", "localhost:27017")
    except AttributeError as error:  # Sacred's way of saying that the form is wrong
        raise TrackingError("-m: must be DB, HOST:PORT or HOST:PORT:DB.") from error


@ex.option_hook
def check_observers(options):
    """Refuse a MongoDB that does not answer; record to a folder where no observer is named."""
    if options.get("--mongo_db"):
        try:
            check_mongo_answers(mongo_address(options["--mongo_db"]))
        except CrnnError as error:
            raise Error(error) from error
    if wants_default_observer(options) and options.get("COMMAND") in (None, "train"):
        ex.observers.append(FileStorageObserver(DEFAULT_RUNS_FOLDER))


@ex.config_hook
def check_config(config, command_name, logger):  # noqa: ARG001 - Sacred asks for these names
    """Refuse a config that cannot be used, before anything is written."""
    # Sacred's own command save_config takes this one.
    values = {key: value for key, value in config.items() if key != "config_filename"}
    try:
        if command_name == "train":
            params = Params.for_training(values)
            RunFolder(params.output_model_dir).check(params)
        else:
            Params(**values)
    except CrnnError as error:
        raise Error(error) from error
    return {}


@ex.command(unobserved=False)
def train(_config, _run):
    """Train, and keep the run's metrics, inputs and report."""
    # TensorFlow takes seconds to load; a faulty config is refused before.
    load_tensorflow_quietly()
    from tf_crnn.trainer import train as run_training

    params = Params.for_training(copy.deepcopy(_config))
    for observer in _run.observers:
        if isinstance(observer, SqlObserver):
            keep_cer_as_result(observer)
    try:
        for path in input_files(params):
            _run.add_resource(path)
        result = run_training(params, _run.log_scalar, progress_bar=sys.__stdout__.isatty())
    except CrnnError as error:
        raise Error(error) from error
    except OSError as error:
        if error.filename is None:
            raise
        raise Error(f"{error.filename}: {error.strerror}.") from error
    finally:
        # Sacred sends no output after this when a run fails or is interrupted.
        _run._emit_heartbeat()
    for path in sorted(result.report_folder.iterdir()):
        _run.add_artifact(str(path))
    _run.info["result"] = result.to_dict()
    return result.to_dict()


def input_files(params):
    """The alphabet and the CSVs."""
    groups = (params.lookup_alphabet_file, params.csv_files_train, params.csv_files_eval)
    return [path for group in groups for path in ([group] if isinstance(group, str) else group)]


def check_config_files(arguments):
    """End with a message where what stands behind `with` is no key=value and no JSON file."""
    behind_with = arguments[arguments.index("with") + 1 :] if "with" in arguments else []
    for name in takewhile(lambda argument: not argument.startswith("-"), behind_with):
        if "=" in name.strip("="):
            continue
        if not name.endswith(".json"):
            sys.exit(f"Error: {name}: is neither key=value (without spaces) nor a .json file.")
        try:
            import_params_from_json(json_filename=name)
        except CrnnError as error:
            sys.exit(f"Error: {error}")
        if Path(name).read_bytes().startswith(BOM_UTF8):
            sys.exit(f"Error: {name}: begins with a byte order mark. Save it as UTF-8 without.")


def as_python(argument):
    """`key=true` as `key=True`: Sacred reads values as Python, people write them as JSON."""
    key, equals, value = argument.partition("=")
    return key + equals + {"true": "True", "false": "False", "null": "None"}.get(value, value)


def interrupt(*_):
    """End as Ctrl-C does."""
    raise KeyboardInterrupt


def main():
    """Run the command line."""
    package_log = logging.getLogger("tf_crnn")
    package_log.setLevel(logging.INFO)
    package_log.addHandler(CurrentStderrHandler())
    package_log.propagate = False
    for name in ("tensorflow", "absl"):
        logging.getLogger(name).setLevel(logging.WARNING)
    signal.signal(signal.SIGTERM, interrupt)
    ex.default_command = "train"
    check_config_files(sys.argv)
    try:
        ex.run_commandline([as_python(argument) for argument in sys.argv])
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
