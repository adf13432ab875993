"""Faults of the original package that no single module tests; where the others are tested.

Where each of the others is tested: a switch that could not be turned off, unknown keys
(test_config); options without effect (test_model, test_export_graph, test_trainer); label lengths
and CTC repeats, unknown units (test_preprocessing); augmentation that breaks a label (test_batches,
test_augmentation); dropped last batches, frozen order (test_batches, test_data_handler); file
formats (test_images); pickles, stamps, foreign files, lost best values (test_checkpoints,
test_callbacks); batch of one, labelled CSVs (test_data_handler); moved model folders (test_loader,
test_cli); failed starts (test_trainer); CER of batches (test_metrics, test_training_callbacks);
padding that is read (test_layers, test_model); strike-outs and alphabets (test_prepare_iam); CSV
escapes (test_samples); beams (test_export_graph).
"""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTED_MODULES = {
    "config": ("Alphabet", "Params", "import_params_from_json"),
    "data_handler": (
        "dataset_generator", "padding_inputs_width", "get_resized_width", "augment_data",
        "random_rotation",
    ),
    "preprocessing": ("data_preprocessing", "preprocess_csv"),
    "model": ("ConvBlock", "get_crnn_output", "get_model_train", "get_model_inference"),
    "callbacks": (
        "CustomSavingCallback", "CustomLoaderCallback", "CustomPredictionSaverCallback",
        "LRTensorBoard",
    ),
    "loader": ("PredictionModel",),
}  # fmt: skip


@pytest.mark.parametrize(("module", "names"), DOCUMENTED_MODULES.items())
def test_a_star_import_brings_the_documented_names(module: str, names: tuple[str, ...]) -> None:
    namespace: dict[str, object] = {}

    exec(f"from tf_crnn.{module} import *", namespace)

    assert set(names) <= set(namespace)


@pytest.mark.parametrize("module", DOCUMENTED_MODULES)
def test_every_exported_name_exists(module: str) -> None:
    imported = importlib.import_module(f"tf_crnn.{module}")

    missing = [name for name in getattr(imported, "__all__", []) if not hasattr(imported, name)]

    assert missing == []


def test_a_config_file_in_the_working_directory_counts_only_when_it_is_named(
    tmp_path: Path,
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"learning_rate": 0.123}))
    command = [sys.executable, str(ROOT / "training.py"), "print_config"]

    without = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    named = subprocess.run(
        [*command, "with", "config.json"], cwd=tmp_path, capture_output=True, text=True
    )

    assert "learning_rate = 0.0001" in without.stdout
    assert "learning_rate = 0.123" in named.stdout
