"""What people write to name recorded runs, and what it means."""

import os
from pathlib import Path

from tf_crnn.errors import TrackingError
from tf_crnn.tracking.file_store import RUN_JSON, FileStore, run_folders
from tf_crnn.tracking.mongo import MongoAddress, environment_address, is_mongo_url, parse_address
from tf_crnn.tracking.mongo_store import MongoStore
from tf_crnn.tracking.records import RunRecord, RunStore

DEFAULT_RUNS_FOLDER = "runs"


def open_store(source: str | Path | MongoAddress) -> RunStore:
    """The runs of a folder, or of a MongoDB database.

    Args:
        source: a folder as `-F` writes it; or `mongodb://...`, HOST:PORT:DB.

    Raises:
        TrackingError: there are no runs, or the server does not answer.
    """
    if isinstance(source, MongoAddress):
        return MongoStore(source)
    folder = Path(source)
    if is_mongo_url(str(source)) or (":" in str(source) and not folder.exists()):
        return MongoStore(parse_address(str(source), os.environ))
    if (folder / RUN_JSON).is_file():
        raise TrackingError(f"{folder}: is one run. Give the folder above it: {folder.parent}.")
    if not folder.is_dir():
        raise TrackingError(
            f"{folder}: there is no such folder. Give the folder that runs are recorded in, as "
            "in -F, or mongodb://HOST:PORT/DB."
        )
    if not run_folders(folder):
        raise TrackingError(f"{folder}: holds no recorded runs.")
    return FileStore(folder)


def default_source() -> Path | MongoAddress:
    """The MongoDB of the environment, if it is set, otherwise `runs`: where training records to.

    Raises:
        TrackingError: TF_CRNN_MONGO_URL has a wrong form.
    """
    return environment_address(os.environ) or Path(DEFAULT_RUNS_FOLDER)


def find_run(reference: str) -> RunRecord:
    """The run that somebody means.

    Args:
        reference: the folder of a run, `runs/3`; an id in the default source, `3`; an id behind a
            source, `mongodb://HOST:PORT/DB#3`; or the `output_model_dir` of a run in `runs`.

    Raises:
        TrackingError: there is no such run.
    """
    source, hash_sign, run_id = reference.rpartition("#")
    if hash_sign and not Path(reference).exists():
        return open_store(source).run(run_id)
    path = Path(reference)
    if (path / RUN_JSON).is_file():
        named = path if path.name.strip(".") else path.resolve()
        return FileStore(named.parent).run(named.name)
    if reference.isdecimal():
        return open_store(default_source()).run(reference)
    if path.is_dir():
        return _run_of_model(path)
    raise TrackingError(
        f"{reference}: is no run. Give the folder of a run (runs/3), its id (3), "
        "mongodb://HOST:PORT/DB#3, or the output_model_dir of a run."
    )


def _run_of_model(folder: Path) -> RunRecord:
    runs = list(FileStore(Path(DEFAULT_RUNS_FOLDER)).runs())
    found = [run for run in runs if _trained_into(run, folder)]
    if not found:
        raise TrackingError(
            f"{folder}: is no recorded run, and no run in {DEFAULT_RUNS_FOLDER} was trained into "
            "it."
        )
    return found[-1]


def _trained_into(run: RunRecord, folder: Path) -> bool:
    named = run.config.get("output_model_dir")
    return bool(named) and Path(str(named)).resolve() == folder.resolve()
