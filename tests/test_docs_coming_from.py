"""Pages for those who come from other systems: every option has its place, every key exists."""

import re
from pathlib import Path

import pytest

from tf_crnn.config import Params

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = sorted(DOCS.glob("coming_from_*.md"))
NO_KEYS = {"exact_match", "val_exact_match", "path_label", "id_label", "gt_pairs", "one_cycle"}

# Every option that the documentation of these systems names.
OPTIONS = {
    "tf_crnn": """input_shape input_channels cnn_features_list cnn_kernel_size cnn_stride_size
        cnn_pool_size cnn_batch_norm rnn_units num_beam_paths csv_delimiter string_split_delimiter
        csv_files_train csv_files_eval lookup_alphabet_file blank_symbol max_chars_per_string
        data_augmentation data_augmentation_max_rotation data_augmentation_max_slant n_epochs
        train_batch_size eval_batch_size learning_rate optimizer output_model_dir
        evaluate_every_epoch save_interval restore_model""",
    "attention_ocr": """--log-path --log-step --no-force-uppercase --save-filename
        --steps-per-checkpoint --batch-size --num-epoch --no-resume --format --max-width
        --max-height --max-prediction --full-ascii --color --no-distance --gpu-id --attn-num-layers
        --attn-num-hidden --visualize --use-gru --target-embedding-size --initial-learning-rate
        --model-dir --job-dir --output-dir --max-gradient-norm --no-gradient-clipping""",
    "cnn_lstm_ctc": """restore checkpoint_dir initial_learning_rate image_height image_width
        image_channel cnn_count out_channels num_hidden output_keep_prob num_epochs batch_size
        save_steps leakiness validation_steps decay_rate decay_steps beta1 beta2 momentum train_dir
        val_dir infer_dir log_dir num_gpus""",
    "crnn_tensorflow": """ARCH.HIDDEN_UNITS ARCH.HIDDEN_LAYERS ARCH.SEQ_LENGTH ARCH.INPUT_SIZE
        ARCH.INPUT_CHANNELS ARCH.NUM_CLASSES TRAIN.EARLY_STOPPING TRAIN.PATIENCE_EPOCHS
        TRAIN.PATIENCE_DELTA TRAIN.EPOCHS TRAIN.DISPLAY_STEP TRAIN.VAL_DISPLAY_STEP TRAIN.MOMENTUM
        TRAIN.LEARNING_RATE TRAIN.GPU_MEMORY_FRACTION TRAIN.TF_ALLOW_GROWTH TRAIN.BATCH_SIZE
        TRAIN.VAL_BATCH_SIZE TRAIN.LR_DECAY_STEPS TRAIN.LR_DECAY_RATE TRAIN.LR_STAIRCASE
        TRAIN.CPU_MULTI_PROCESS_NUMS TRAIN.MOVING_AVERAGE_DECAY GPU_NUM -d -c -o -w -e -m -v -p""",
}


def cells(page: Path) -> list[tuple[str, str]]:
    """The two cells of each row of a page's tables, without the headings."""
    text = page.read_text(encoding="utf-8")
    tables = re.findall(r"```{list-table}\n.*?\n\n(.*?)\n```", text, re.DOTALL)
    rows = [row for table in tables for row in f"\n{table}".split("\n* - ")[2:]]
    return [(left, right) for left, _, right in (row.partition("\n  - ") for row in rows)]


@pytest.mark.parametrize("name", OPTIONS)
def test_every_documented_option_has_its_place(name: str) -> None:
    listed = {
        option
        for left, _ in cells(DOCS / f"coming_from_{name}.md")
        for option in re.findall(r"`([^`\s]+)(?: [^`]*)?`", left)
    }

    assert set(OPTIONS[name].split()) - listed == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_keys_on_the_right_exist_here(page: Path) -> None:
    named = {
        key
        for _, right in cells(page)
        for key in re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)(?:[=:\[][^`]*)?`", right)
    }

    assert named - set(Params.defaults()) - NO_KEYS == set()
    assert len(named) >= 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_row_has_an_answer(page: Path) -> None:
    assert all(left.strip() and right.strip() for left, right in cells(page))
    assert len(cells(page)) > 15


def test_the_page_of_pages_names_them_all() -> None:
    text = (DOCS / "coming_from.md").read_text(encoding="utf-8")

    assert sorted(re.findall(r"^coming_from_\w+$", text, re.MULTILINE)) == [p.stem for p in PAGES]
