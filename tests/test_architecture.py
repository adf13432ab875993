"""The layers: which module may import which, and what no module may do."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# A module imports from the levels above its own line only.
LEVELS = (
    ("tf_crnn", "tf_crnn.augmentation.fields", "tf_crnn.augmentation.matrices",
     "tf_crnn.augmentation.paper", "tf_crnn.averages", "tf_crnn.comparison",
     "tf_crnn.config_keys", "tf_crnn.config_keys.key", "tf_crnn.config_keys.synthesis_checks",
     "tf_crnn.datasets", "tf_crnn.datasets.lines", "tf_crnn.decoding",
     "tf_crnn.decoding.search", "tf_crnn.decoding.tables", "tf_crnn.decoding.transcription",
     "tf_crnn.decoding.voting", "tf_crnn.device", "tf_crnn.differences", "tf_crnn.doctor",
     "tf_crnn.doctor.alike", "tf_crnn.doctor.confusables", "tf_crnn.doctor.severity",
     "tf_crnn.errors", "tf_crnn.export", "tf_crnn.file_names",
     "tf_crnn.heads", "tf_crnn.importers.names", "tf_crnn.interrupts", "tf_crnn.layers",
     "tf_crnn.learning_rates", "tf_crnn.packs", "tf_crnn.packs.files", "tf_crnn.pages",
     "tf_crnn.pages.text_line", "tf_crnn.png", "tf_crnn.presets", "tf_crnn.progress",
     "tf_crnn.rate_test",
     "tf_crnn.reading_order", "tf_crnn.recurrent", "tf_crnn.recurrent_tensorflow",
     "tf_crnn.rejections", "tf_crnn.reports", "tf_crnn.reports.curves", "tf_crnn.reports.files",
     "tf_crnn.reports.fonts", "tf_crnn.reports.png", "tf_crnn.reports.wording",
     "tf_crnn.resources", "tf_crnn.run_log", "tf_crnn.schedules", "tf_crnn.scoring",
     "tf_crnn.scoring.pieces", "tf_crnn.statistics", "tf_crnn.sweep.stop_requests",
     "tf_crnn.synthesis.looks", "tf_crnn.synthesis.runs", "tf_crnn.synthesis.share",
     "tf_crnn.tensorflow_start", "tf_crnn.text", "tf_crnn.tracking.records",
     "tf_crnn.tracking.text_table"),
    ("tf_crnn.training_clock",),
    ("tf_crnn.decoding.joint",),
    ("tf_crnn.sharpness", "tf_crnn.sharpness_tensorflow"),
    ("tf_crnn.blocks",),
    ("tf_crnn.arrow", "tf_crnn.augmentation.camera", "tf_crnn.augmentation.ink",
     "tf_crnn.augmentation.rotation", "tf_crnn.augmentation.tones", "tf_crnn.augmentation.warp",
     "tf_crnn.comparison.confusion_changes", "tf_crnn.config_keys.augmentation",
     "tf_crnn.config_keys.decoding", "tf_crnn.config_keys.fine_tuning",
     "tf_crnn.config_keys.head", "tf_crnn.config_keys.inputs", "tf_crnn.config_keys.network",
     "tf_crnn.config_keys.output", "tf_crnn.config_keys.synthesis", "tf_crnn.config_keys.texts",
     "tf_crnn.config_keys.training", "tf_crnn.config_values", "tf_crnn.datasets.output_folder",
     "tf_crnn.decoding.beam_language", "tf_crnn.decoding.ngrams", "tf_crnn.doctor.findings",
     "tf_crnn.doctor.labels", "tf_crnn.documents", "tf_crnn.images", "tf_crnn.importers.sample",
     "tf_crnn.metrics", "tf_crnn.packs.description", "tf_crnn.pages.geometry",
     "tf_crnn.pages.xml_tree", "tf_crnn.read_ahead", "tf_crnn.reports.clusters",
     "tf_crnn.reports.rate_curve", "tf_crnn.samples", "tf_crnn.scoring.calibration",
     "tf_crnn.splits", "tf_crnn.stamped",
     "tf_crnn.sweep", "tf_crnn.synthesis.bank", "tf_crnn.synthesis.fonts",
     "tf_crnn.synthesis.joining", "tf_crnn.synthesis.texts", "tf_crnn.synthesis.words",
     "tf_crnn.text_rules", "tf_crnn.tf_example", "tf_crnn.tfrecord",
     "tf_crnn.tracking.file_store", "tf_crnn.tracking.mongo", "tf_crnn.tracking.summary"),
    ("tf_crnn.config_keys.network_checks",),
    ("tf_crnn.straightening",),
    ("tf_crnn.labelled_rows",),
    ("tf_crnn.decoding.arpa",),
    ("tf_crnn.augmentation", "tf_crnn.synthesis.corpus", "tf_crnn.synthesis.degrading",
     "tf_crnn.synthesis.rendering", "tf_crnn.synthesis.stitching"),
    ("tf_crnn.alphabet", "tf_crnn.augmentation.line", "tf_crnn.cli_options",
     "tf_crnn.comparison.lines", "tf_crnn.comparison.rates", "tf_crnn.datasets.image_folder",
     "tf_crnn.datasets.label_units", "tf_crnn.decoding.beam_prefixes",
     "tf_crnn.decoding.ngram_learn", "tf_crnn.decoding.settings", "tf_crnn.doctor.ink",
     "tf_crnn.doctor.mending", "tf_crnn.export.straightening_graph",
     "tf_crnn.heads.attention_loss", "tf_crnn.heads.location_attention",
     "tf_crnn.importers.archives", "tf_crnn.importers.crnn_tensorflow_maps",
     "tf_crnn.importers.pairing", "tf_crnn.importers.parquet_columns",
     "tf_crnn.importers.record_files", "tf_crnn.importers.text_rows", "tf_crnn.line_results",
     "tf_crnn.packs.lines", "tf_crnn.pages.frames", "tf_crnn.pages.page_image",
     "tf_crnn.pages.read_alto", "tf_crnn.pages.read_page", "tf_crnn.provenance",
     "tf_crnn.reports.drawing", "tf_crnn.rule_options", "tf_crnn.scoring.certainty",
     "tf_crnn.scoring.rates", "tf_crnn.tracking.folder_observer",
     "tf_crnn.tracking.mongo_store", "tf_crnn.tracking.where", "tf_crnn.writers.text_files",
     "tf_crnn.writers.writer"),
    ("tf_crnn.line_codes",),
    ("tf_crnn.importers.delimited", "tf_crnn.synthesis.drawn_texts"),
    ("tf_crnn.synthesis", "tf_crnn.synthesis.sources", "tf_crnn.synthesis.stitched_set"),
    ("tf_crnn.comparison.result", "tf_crnn.config", "tf_crnn.datasets.assignment",
     "tf_crnn.datasets.checking", "tf_crnn.decoding.beam_kernel", "tf_crnn.decoding.greedy",
     "tf_crnn.decoding.lexicon", "tf_crnn.doctor.copies", "tf_crnn.doctor.record",
     "tf_crnn.heads.attention", "tf_crnn.heads.ctc", "tf_crnn.heads.ctc_tensorflow",
     "tf_crnn.iam", "tf_crnn.importers.aocr", "tf_crnn.importers.crnn_tensorflow",
     "tf_crnn.importers.gt_pairs", "tf_crnn.importers.id_label", "tf_crnn.importers.jsonl",
     "tf_crnn.importers.parquet", "tf_crnn.importers.path_label",
     "tf_crnn.importers.source_files", "tf_crnn.importers.synth90k", "tf_crnn.packs.write",
     "tf_crnn.pages.cutting", "tf_crnn.reports.aligned_text", "tf_crnn.reports.confusion",
     "tf_crnn.reports.markup", "tf_crnn.reports.thumbnails", "tf_crnn.tracking.stores",
     "tf_crnn.tracking.table", "tf_crnn.training_metrics",
     "tf_crnn.training_metrics_tensorflow", "tf_crnn.writers.aocr", "tf_crnn.writers.delimited",
     "tf_crnn.writers.gt_pairs", "tf_crnn.writers.jsonl", "tf_crnn.writers.parquet"),
    ("tf_crnn.optimizers",),
    ("tf_crnn.decoding.beam", "tf_crnn.line_copies"),
    ("tf_crnn.decoding.alignment", "tf_crnn.decoding.language_texts"),
    ("tf_crnn.decoding.decodings",),
    ("tf_crnn.decoding.tuning",),
    ("tf_crnn.decoding.confidence",),
    ("tf_crnn.decoding.judging",),
    ("tf_crnn.reports.characters",),
    ("tf_crnn.heads.attention_search",),
    ("tf_crnn.checkpoints", "tf_crnn.decoding.places", "tf_crnn.prediction"),
    ("tf_crnn.decoding.language_files", "tf_crnn.prediction_file"),
    ("tf_crnn.decoding.reading_texts", "tf_crnn.model_parts", "tf_crnn.run_folder"),
    ("tf_crnn.fine_tuning", "tf_crnn.pages.open_page"),
    ("tf_crnn.importers.line_sets", "tf_crnn.importers.pages", "tf_crnn.importers.rimes_pages",
     "tf_crnn.pages.read_lines", "tf_crnn.pages.xml_edit"),
    ("tf_crnn.pages.write_alto", "tf_crnn.pages.write_page"),
    ("tf_crnn.pages.transcribe",),
    ("tf_crnn.importers.alto_xml", "tf_crnn.importers.bentham", "tf_crnn.importers.iam",
     "tf_crnn.importers.page_xml", "tf_crnn.importers.rimes"),
    ("tf_crnn.importers.read2016",),
    ("tf_crnn.synthesis.cutting",),
    ("tf_crnn.backbones", "tf_crnn.comparison.pictures", "tf_crnn.comparison.sentences",
     "tf_crnn.datasets.writing", "tf_crnn.doctor.setting", "tf_crnn.export.graph",
     "tf_crnn.heads.from_params", "tf_crnn.importers", "tf_crnn.preprocessing",
     "tf_crnn.reports.contact_sheet", "tf_crnn.reports.looks", "tf_crnn.reports.variant_sheet",
     "tf_crnn.rule_warnings", "tf_crnn.sweep.search_space", "tf_crnn.tracking.frame",
     "tf_crnn.tracking.table_formats", "tf_crnn.writers"),
    ("tf_crnn.encoder",),
    ("tf_crnn.callbacks", "tf_crnn.comparison.compare", "tf_crnn.comparison.page_text",
     "tf_crnn.datasets.importing", "tf_crnn.doctor.line", "tf_crnn.line_index", "tf_crnn.model",
     "tf_crnn.sweep.suggestions", "tf_crnn.tracking", "tf_crnn.tracking.push",
     "tf_crnn.writers.export"),
    ("tf_crnn.synthesis.bank_making", "tf_crnn.synthesis.for_training"),
    ("tf_crnn.augmentation.preview", "tf_crnn.batches", "tf_crnn.cli_data_export",
     "tf_crnn.cli_data_pack", "tf_crnn.comparison.page", "tf_crnn.datasets.summary",
     "tf_crnn.doctor.measure", "tf_crnn.export.saved_model", "tf_crnn.sweep.study",
     "tf_crnn.sweep.trial_process", "tf_crnn.tracking.mongo_observer"),
    ("tf_crnn.export.best_save", "tf_crnn.line_reader"),
    ("tf_crnn.loader",),
    ("tf_crnn.ensemble", "tf_crnn.language_learning"),
    ("tf_crnn.cli_decoding",),
    ("tf_crnn.cli_datasets", "tf_crnn.cli_language", "tf_crnn.cli_runs", "tf_crnn.data_handler",
     "tf_crnn.doctor.reading", "tf_crnn.evaluation", "tf_crnn.fine_tuning_weights",
     "tf_crnn.sweep.report", "tf_crnn.sweep.scheduler", "tf_crnn.tracking.observers"),
    ("tf_crnn.visualise",),
    ("tf_crnn.cli_predict_images",),
    ("tf_crnn.cli_predict",),
    ("tf_crnn.training_result",),
    ("tf_crnn.calibrating",),
    ("tf_crnn.cli_data_import", "tf_crnn.cli_data_preview", "tf_crnn.cli_data_split",
     "tf_crnn.doctor.survey", "tf_crnn.reports.groups", "tf_crnn.reports.reliability",
     "tf_crnn.reports.worst_lines", "tf_crnn.sample_callback", "tf_crnn.sweep.runner",
     "tf_crnn.training_callbacks"),
    ("tf_crnn.reports.details",),
    ("tf_crnn.reports.page",),
    ("tf_crnn.doctor.checks.characters", "tf_crnn.doctor.checks.leaks",
     "tf_crnn.doctor.checks.marked", "tf_crnn.doctor.checks.pictures",
     "tf_crnn.doctor.checks.proportions", "tf_crnn.doctor.checks.rejected",
     "tf_crnn.doctor.checks.same", "tf_crnn.doctor.disbelief", "tf_crnn.doctor.distributions",
     "tf_crnn.doctor.fix"),
    ("tf_crnn.doctor.checks", "tf_crnn.doctor.examination"),
    ("tf_crnn.doctor.examine", "tf_crnn.doctor.page", "tf_crnn.doctor.text_report"),
    ("tf_crnn.cli_doctor",),
    ("tf_crnn.cli_calibrate", "tf_crnn.cli_data", "tf_crnn.cli_prepare", "tf_crnn.cli_sweep",
     "tf_crnn.reports.write"),
    ("tf_crnn.trainer",),
    ("tf_crnn.lr_find",),
    ("tf_crnn.cli_lr_find",),
    ("tf_crnn.cli", "tf_crnn.experiment"),
    ("hlp.demo", "hlp.generate_synthetic", "hlp.make_alphabet", "hlp.prepare_bentham",
     "hlp.prepare_iam", "hlp.prepare_read2016", "hlp.prepare_rimes", "training"),
)  # fmt: skip

# A portable layer and its fast path for one backend.
NEIGHBOURS = {
    ("tf_crnn.heads.ctc", "tf_crnn.heads.ctc_tensorflow"),
    ("tf_crnn.recurrent", "tf_crnn.recurrent_tensorflow"),
    ("tf_crnn.sharpness", "tf_crnn.sharpness_tensorflow"),
    ("tf_crnn.training_metrics", "tf_crnn.training_metrics_tensorflow"),
}

# What is asked for help or refuses a faulty configuration must not wait for TensorFlow or pandas,
# nor greedy reading for numba.
IMPORTING_INSIDE_FUNCTIONS = {
    "tf_crnn.cli",
    "tf_crnn.cli_calibrate",
    "tf_crnn.cli_data_export",
    "tf_crnn.cli_data_import",
    "tf_crnn.cli_data_split",
    "tf_crnn.cli_datasets",
    "tf_crnn.cli_data_pack",
    "tf_crnn.cli_data_preview",
    "tf_crnn.cli_doctor",
    "tf_crnn.cli_lr_find",
    "tf_crnn.cli_decoding",
    "tf_crnn.cli_language",
    "tf_crnn.cli_predict",
    "tf_crnn.cli_runs",
    "tf_crnn.cli_sweep",
    "tf_crnn.decoding.decodings",
    "tf_crnn.experiment",
    "tf_crnn.tracking",
}

WITHOUT_TENSORFLOW = (
    "tf_crnn",
    "tf_crnn.config",
    "tf_crnn.alphabet",
    "tf_crnn.preprocessing",
    "tf_crnn.doctor.examine",
    "tf_crnn.tf_example",
    "tf_crnn.tfrecord",
    "tf_crnn.cli",
    "tf_crnn.datasets.importing",
    "tf_crnn.experiment",
    "tf_crnn.tracking.frame",
    "tf_crnn.comparison.page",
)

MOST_FUNCTION_LINES = 60
MOST_MODULE_LINES = 300


def find_modules() -> dict[str, Path]:
    files = [*ROOT.glob("tf_crnn/**/*.py"), *ROOT.glob("hlp/*.py"), ROOT / "training.py"]
    return {module_name(path): path for path in files}


def module_name(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


MODULES = find_modules()
PACKAGE = {name: path for name, path in MODULES.items() if name.split(".")[0] == "tf_crnn"}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}
LEVEL_OF = {name: level for level, names in enumerate(LEVELS) for name in names}


def imported(tree: ast.AST) -> set[str]:
    """The project's modules that a syntax tree imports, wherever the import stands."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            submodules = {f"{node.module}.{alias.name}" for alias in node.names} & set(MODULES)
            found |= submodules or {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & set(MODULES)


EDGES = {(name, target) for name, tree in TREES.items() for target in imported(tree)}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def test_the_table_names_every_module_once_and_no_other() -> None:
    named = [name for names in LEVELS for name in names]

    assert sorted(named) == sorted(MODULES)


def test_every_import_points_down() -> None:
    not_downward = {edge for edge in EDGES if LEVEL_OF[edge[0]] <= LEVEL_OF[edge[1]]}

    assert not_downward == NEIGHBOURS


def test_there_is_no_import_cycle() -> None:
    unresolved = {name: {target for source, target in EDGES if source == name} for name in MODULES}

    while free := {name for name, targets in unresolved.items() if not targets}:
        unresolved = {
            name: targets - free for name, targets in unresolved.items() if name not in free
        }

    assert unresolved == {}


def test_imports_are_absolute_and_name_what_they_take() -> None:
    nodes = [node for tree in TREES.values() for node in ast.walk(tree)]
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom)]

    assert [node.module for node in froms if node.level] == []
    assert [node.module for node in froms if node.names[0].name == "*"] == []


def test_only_the_declared_modules_import_inside_functions() -> None:
    inside = {
        name
        for name in PACKAGE
        for function in functions(TREES[name])
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert inside == IMPORTING_INSIDE_FUNCTIONS


@pytest.mark.parametrize("module", WITHOUT_TENSORFLOW)
def test_importing_loads_neither_tensorflow_nor_keras(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'tensorflow', 'keras'}} & set(sys.modules)))"

    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert result.stdout == "[]\n"


@pytest.mark.parametrize("name", sorted(PACKAGE))
def test_the_package_neither_asserts_nor_prints(name: str) -> None:
    nodes = list(ast.walk(TREES[name]))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}

    assert [node.lineno for node in nodes if isinstance(node, ast.Assert)] == []
    assert "print" not in names


@pytest.mark.parametrize("name", sorted(PACKAGE))
def test_modules_and_functions_stay_short(name: str) -> None:
    lengths = {f.name: f.end_lineno - f.lineno + 1 for f in functions(TREES[name])}

    too_long = {name: length for name, length in lengths.items() if length > MOST_FUNCTION_LINES}

    assert too_long == {}
    assert len(PACKAGE[name].read_text(encoding="utf-8").splitlines()) <= MOST_MODULE_LINES
