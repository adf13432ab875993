"""The best model of a run so far, exported."""

import logging
import shutil
from pathlib import Path

from tf_crnn.checkpoints import best_save, last_export, list_saves, load_weights, validation_rank
from tf_crnn.config import Params
from tf_crnn.export.saved_model import export_saved_model
from tf_crnn.model import get_network
from tf_crnn.run_folder import RunFolder
from tf_crnn.stamped import stamped_folders

logger = logging.getLogger(__name__)


def export_best(folder: RunFolder, params: Params) -> Path:
    """Export the best save, unless the last export is as good.

    Returns:
        The folder of the best model's export; of the exports, the newest `keep_max_models` stay.
    """
    best, last = best_save(list_saves(folder.saving)), last_export(folder.export)
    if last is not None and validation_rank(last.state) <= validation_rank(best.state):
        return last.folder
    network = get_network(params)
    load_weights(network, best.folder)
    path = export_saved_model(folder.export, network, params, best.state)
    for outdated in stamped_folders(folder.export)[: -params.keep_max_models]:
        shutil.rmtree(outdated)
    logger.info("exported the model of epoch %s to %s", best.state["epoch"], path)
    return path
