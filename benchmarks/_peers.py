"""How this project and its peers are trained from the command line, and how they read.

Each peer stands here twice: as its own defaults train it, and as its documentation recommends.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
from _common import ROOT

from tf_crnn.errors import LineImageError, ModelFolderError
from tf_crnn.images import as_line_image, read_image, resize, resized_width_px
from tf_crnn.loader import PredictionModel

PEERS = ROOT / "peers"
# Of our minutes: the last epoch ends behind `max_minutes`, and export and language model come then.
SHARE_OF_TRAINING = 0.9
# PyLaia 1.0.7 asks for PyTorch 1.13 and an own compiled extension, which no torchvision for Python
# 3.11 goes with: it gets the next PyTorch, and `nnutils_pytorch.py`.
INSTALLS: dict[str, list[list[str]]] = {
    "calamari": [["calamari-ocr==2.3.1"]],
    "kraken": [["kraken==7.1.1"]],
    "pylaia": [
        ["torch==2.0.1", "torchvision==0.15.2", "torchaudio==2.0.2", "numpy<2", "setuptools<70"],
        ["--no-deps", "pylaia==1.0.7", "pytorch-lightning==1.1.7"],
        ["numpy<2", "tensorboard<2.14", "future", "fsspec", "PyYAML", "tqdm", "textdistance"],
        ["numpy<2", "jsonargparse[signatures]==4.7", "natsort", "matplotlib", "scipy", "imagesize"],
    ],
}
PYLAIA_HEIGHT_PX = 128


def install_peer(name: str) -> None:
    """Install a peer into `peers/<name>`."""
    environment = PEERS / name
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    for requirements in INSTALLS[name]:
        pip = [str(environment / "bin" / "pip"), "install", "--quiet", *requirements]
        subprocess.run(pip, check=True)
    if name == "pylaia":
        [packages] = environment.glob("lib/python*/site-packages")
        shutil.copy(Path(__file__).parent / "nnutils_pytorch.py", packages)


class Task(NamedTuple):
    """What an arm is given: pairs `<number>.png`, `<number>.gt.txt` in train/ and val/."""

    name: str
    data: Path
    out: Path
    minutes: float


class Peer(NamedTuple):
    """How a framework trains, and how it reads `val/` afterwards: the texts by their stems."""

    train: Callable[[Task], list[str]]
    read: Callable[[Task], dict[str, str]]


def _ours(task: Task) -> list[str]:
    values = {
        "csv_files_train": f"data/{task.name}/train.csv",
        "csv_files_eval": f"data/{task.name}/val.csv",
        "output_model_dir": str(task.out / "model"),
        "max_minutes": SHARE_OF_TRAINING * task.minutes,
        "seed": os.environ["BENCHMARK_SEED"],
    }
    updates = [f"{key}={value}" for key, value in values.items()]
    config = f"benchmarks/configs/{task.name}.json"
    return [sys.executable, "training.py", "with", config, *updates]


def _read_ours(task: Task) -> dict[str, str]:
    try:
        model = PredictionModel(task.out / "model")
    except ModelFolderError:  # no epoch has ended
        return {}
    paths = sorted((task.data / "val").glob("*.png"))
    return {
        path.stem: line.text
        for path, line in zip(paths, model.transcribe(paths), strict=True)
        if not isinstance(line, LineImageError)
    }


def calamari_training(task: Task, *options: str) -> list[str]:
    """The command that trains it as by default, but for some options."""
    return [
        str(PEERS / "calamari" / "bin" / "calamari-train"),
        *("--trainer.output_dir", str(task.out)),
        *("--train.images", str(task.data / "train" / "*.png")),
        *("--val.images", str(task.data / "val" / "*.png")),
        *("--trainer.random_seed", os.environ["BENCHMARK_SEED"]),
        *("--trainer.progress_bar_mode", "2"),
        *options,
    ]


def _calamari_recommended(task: Task) -> list[str]:
    # Its documentation: five augmented copies of each line, then without them.
    return calamari_training(task, "--n_augmentations", "5")


def _read_calamari(task: Task) -> dict[str, str]:
    readings = task.out / "readings"
    readings.mkdir(exist_ok=True)
    images = [str(task.data / "val" / "*.png")]
    subprocess.run(calamari_reading(task.out / "best.ckpt", images, readings), check=False)
    return texts_in(readings, ".pred.txt")


def calamari_reading(checkpoint: Path, images: Sequence[str], readings: Path) -> list[str]:
    """The command that writes readings of images, or of patterns of them, into a folder."""
    predict = str(PEERS / "calamari" / "bin" / "calamari-predict")
    command = [predict, "--checkpoint", str(checkpoint), "--output_dir", str(readings)]
    return [*command, "--data.images", *images]


def kraken_training(task: Task, *options: str) -> list[str]:
    """The command that trains it as by default, but for some options."""
    manifests = []
    for part in ("train", "val"):
        manifest = task.out / f"{part}.txt"
        paths = sorted((task.data / part).glob("*.png"))
        manifest.write_text("".join(f"{path}\n" for path in paths))
        manifests.append(str(manifest))
    ketos = str(PEERS / "kraken" / "bin" / "ketos")
    train = [ketos, "--seed", os.environ["BENCHMARK_SEED"], "train", "-f", "path"]
    files = ["-t", manifests[0], "-e", manifests[1], "-o", str(task.out / "model")]
    return [*train, *files, *options]


def _kraken_recommended(task: Task) -> list[str]:
    # Its documentation for training from scratch: larger batches, augmentation, a warm-up.
    options = ("--augment", "-B", "16", "-r", "0.001", "--warmup", "200", "-u", "NFC")
    return kraken_training(task, *options)


def _read_kraken(task: Task) -> dict[str, str]:
    best = best_of_kraken(task.out / "model")
    if best is None:
        return {}
    readings = task.out / "readings"
    readings.mkdir(exist_ok=True)
    images = sorted((task.data / "val").glob("*.png"))
    subprocess.run(kraken_reading(best, images, readings), check=False)
    return texts_in(readings, ".txt")


def best_of_kraken(folder: Path) -> Path | None:
    """The model that it calls the best, else the last that it kept."""
    kept = sorted(folder.rglob("*.safetensors"), key=lambda path: path.stat().st_mtime)
    best = [path for path in kept if "best" in path.name] or kept
    return best[-1] if best else None


def kraken_reading(model: Path, images: Sequence[Path], readings: Path, *options: str) -> list[str]:
    """The command that writes the readings of line images into a folder."""
    pairs = []
    for path in images:
        pairs += ["-i", str(path), str(readings / f"{path.stem}.txt")]
    kraken = str(PEERS / "kraken" / "bin" / "kraken")
    return [kraken, *options, *pairs, "ocr", "-m", str(model), "-s"]


def _pylaia(task: Task, *options: str) -> list[str]:
    return pylaia_training(task, options=options)


def pylaia_training(
    task: Task,
    *,
    network: Sequence[str] = (),
    height_px: int = PYLAIA_HEIGHT_PX,
    options: Sequence[str] = (),
) -> list[str]:
    """The command that makes a network for lines of a height, and trains it."""
    work = _prepare_pylaia(task, height_px)
    common = ("--common.seed", os.environ["BENCHMARK_SEED"], "--common.train_path", str(task.out))
    bin_folder, syms = PEERS / "pylaia" / "bin", str(work / "syms.txt")
    height = ("--fixed_input_height", str(height_px))
    create = [str(bin_folder / "pylaia-htr-create-model"), syms, *height, *network, *common]
    tables = [str(work / "train.txt"), str(work / "val.txt")]
    train = [str(bin_folder / "pylaia-htr-train-ctc"), syms, f"[{work}]", *tables, *common]
    steps = (create, [*train, "--trainer.progress_bar_refresh_rate", "0", *options])
    return ["sh", "-c", " && ".join(shlex.join(step) for step in steps)]


def _pylaia_recommended(task: Task) -> list[str]:
    # Its documentation: random distortions of the training lines, the best by CER.
    return _pylaia(task, "--train.augment_training", "true", "--common.monitor", "va_cer")


def _prepare_pylaia(task: Task, height_px: int) -> Path:
    """Lines of one height and tables of symbols, which PyLaia leaves to the user."""
    work = task.out.parent / "pylaia_data"
    if work.exists():
        return work
    work.mkdir()
    units = set[str]()
    for part in ("train", "val"):
        rows = []
        for path in sorted((task.data / part).glob("*.png")):
            image = as_line_image(read_image(path), 1)
            width_px = resized_width_px(image.shape[:2], height_px, 1)
            name = f"{part}_{path.stem}"
            cv2.imwrite(str(work / f"{name}.png"), resize(image, height_px, width_px))
            text = path.with_suffix(".gt.txt").read_text(encoding="utf-8")
            symbols = ["<space>" if unit == " " else unit for unit in text]
            units |= set(symbols)
            rows.append(f"{name} {' '.join(symbols)}\n")
        (work / f"{part}.txt").write_text("".join(rows), encoding="utf-8")
        names = [row.partition(" ")[0] for row in rows]
        (work / f"{part}_names.txt").write_text("".join(f"{name}\n" for name in names))
    table = [f"{unit} {number}\n" for number, unit in enumerate(["<ctc>", *sorted(units)])]
    (work / "syms.txt").write_text("".join(table), encoding="utf-8")
    return work


def _read_pylaia(task: Task) -> dict[str, str]:
    work = task.out.parent / "pylaia_data"
    command = pylaia_reading(work, work / "val_names.txt", task.out)
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, encoding="utf-8")
    return texts_of_pylaia(done.stdout)


def pylaia_reading(work: Path, names: Path, trained: Path) -> list[str]:
    """The command that prints the readings of the prepared lines of a list of names."""
    decode = str(PEERS / "pylaia" / "bin" / "pylaia-htr-decode-ctc")
    where = ["--img_dirs", f"[{work}]", "--common.train_path", str(trained)]
    form = ["--decode.join_string", "", "--decode.convert_spaces", "true"]
    return [decode, str(work / "syms.txt"), str(names), *where, *form, "--decode.separator", "\t"]


def texts_of_pylaia(output: str) -> dict[str, str]:
    """The texts by their stems, of what it printed."""
    rows = (row.partition("\t") for row in output.splitlines())
    return {name.removeprefix("val_"): text for name, tab, text in rows if tab}


def texts_in(folder: Path, suffix: str) -> dict[str, str]:
    """The texts of a folder's files, by their stems."""
    return {
        path.name.removesuffix(suffix): path.read_text(encoding="utf-8").strip("\n")
        for path in folder.glob(f"*{suffix}")
    }


OURS = Peer(_ours, _read_ours)
PEER_OF: dict[str, Peer] = {
    "tf_crnn": OURS,
    "calamari": Peer(calamari_training, _read_calamari),
    "calamari_recommended": Peer(_calamari_recommended, _read_calamari),
    "kraken": Peer(kraken_training, _read_kraken),
    "kraken_recommended": Peer(_kraken_recommended, _read_kraken),
    "pylaia": Peer(_pylaia, _read_pylaia),
    "pylaia_recommended": Peer(_pylaia_recommended, _read_pylaia),
}
