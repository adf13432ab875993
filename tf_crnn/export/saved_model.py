"""The SavedModel export: a folder that TensorFlow loads anywhere, with its alphabet and config."""

import json
import shutil
from pathlib import Path
from typing import Any

import tensorflow as tf

from tf_crnn.checkpoints import (
    CALIBRATION_JSON,
    STATE_JSON,
    ModelFiles,
    damaged,
    load_weights,
    write_companions,
)
from tf_crnn.config import Params
from tf_crnn.decoding.language_files import copy_language
from tf_crnn.export.graph import ReadingGraph
from tf_crnn.model import get_network
from tf_crnn.stamped import write_stamped

_VARIABLES = "variables/variables"


def export_saved_model(
    parent: Path, network: Any, params: Params, state: dict[str, Any] | None = None
) -> Path:
    """Write `parent/<stamp>/`; all of it or nothing.

    Args:
        parent: made if need be.
        network: of `get_network`.
        params: of the run.
        state: JSON-ready, what is known of the model (epoch, val_cer); kept beside it.

    Returns:
        The folder.
    """

    def fill(folder: Path) -> None:
        graph = ReadingGraph(network, params)
        tf.saved_model.save(graph, str(folder), signatures=graph.signatures())
        write_companions(folder, params)
        (folder / STATE_JSON).write_text(json.dumps(state or {}, indent=2) + "\n", encoding="utf-8")

    return write_stamped(parent, fill)


def load_exported_weights(network: Any, folder: Path) -> None:
    """Set a network's weights to those of an export.

    Args:
        network: of `get_network`, with the parameters of the export.
        folder: of `export_saved_model`.

    Raises:
        ModelFolderError: the files are damaged, or of another network.
    """
    path = folder / _VARIABLES
    parts = [network]
    if network.decoder is not None:
        # TensorFlow writes the list of a Keras layer, but does not see it when it reads.
        cells = tf.train.Checkpoint(cells=list(network.decoder.cells))
        parts.append(tf.train.Checkpoint(decoder=cells))
    try:
        for part in parts:
            status = tf.train.Checkpoint(network=part).read(str(path))
            status.assert_existing_objects_matched().expect_partial()
    except (tf.errors.OpError, ValueError, AssertionError) as error:
        raise damaged(path, error) from error


def copy_or_export(files: ModelFiles, parent: Path, params: Params, state: dict[str, Any]) -> Path:
    """Write a model to `parent/<stamp>/`: an export is copied, a save is exported.

    Args:
        files: of `find_model`.
        parent: made if need be.
        params: of the model.
        state: what is known of it.
    """

    def copy(folder: Path) -> None:
        shutil.copytree(files.folder, folder, dirs_exist_ok=True)

    if files.is_export:
        return write_stamped(parent, copy)
    network = get_network(params)
    load_weights(network, files.folder)
    exported = export_saved_model(parent, network, params, state)
    if (files.folder / CALIBRATION_JSON).is_file():
        shutil.copy2(files.folder / CALIBRATION_JSON, exported)
    copy_language(files.folder, exported)
    return exported
