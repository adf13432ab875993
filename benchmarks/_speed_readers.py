"""Programs that read line images, as they are called from the command line."""

import shlex
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from _peers import (
    PEERS,
    best_of_kraken,
    calamari_reading,
    kraken_reading,
    pylaia_reading,
    texts_in,
    texts_of_pylaia,
)

from tf_crnn.cli_predict import predict

TESSERACT = "tesseract"
PACKAGES = {"calamari": "calamari_ocr", "kraken": "kraken", "pylaia": "pylaia"}
# Of `--psm`: the image is one line, which is not looked for any more.
RAW_LINE = "13"
UMLAUTS = {f"{vowel}\u0364": f"{vowel}\u0308" for vowel in "aouAOU"}  # a small e above
SIMPLER = {"ſ": "s", "—": "-", "–": "-", "⸗": "-", "’": "'", "‘": "'", **UMLAUTS}
SIMPLER |= dict.fromkeys("„“”«»", '"')


class Job(NamedTuple):
    """What a reader is given.

    Attributes:
        lines: the images; their names are numbers.
        out: an empty folder of its own.
        model: folder or file of its model.
        language: of Tesseract.
        threads: that it may use.
        prepared: for PyLaia, the folder with the lines as it takes them.
    """

    lines: list[Path]
    out: Path
    model: Path
    language: str = ""
    threads: int = 1
    prepared: Path = Path()


class Reader(NamedTuple):
    """A program.

    Attributes:
        command: that reads a job.
        texts: by the stems of the images, of a job that was read and what was printed.
        program: a command or file without which it cannot be measured.
        model: name of the folder of `runs/peers/<set>/` in which its model lies; empty for none.
        few: whether it is given the few lines alone, since a call reads one.
        slow: whether it has its turn in the first round alone.
    """

    command: Callable[[Job], list[str]]
    texts: Callable[[Job, str], dict[str, str]]
    program: str
    model: str = ""
    few: bool = False
    slow: bool = False

    def missing(self, model: Path | None) -> str:
        """Why it cannot be measured; empty if it can."""
        if not shutil.which(self.program):
            return f"{Path(self.program).name} is not installed"
        if self.model and (model is None or not model.exists()):
            return "no model, which benchmarks/peers.py run trains"
        return ""


def list_of(job: Job) -> Path:
    """A file with the paths of the images."""
    path = job.out / "lines.txt"
    path.write_text("".join(f"{line}\n" for line in job.lines), encoding="utf-8")
    return path


def _ours(job: Job, *options: str) -> list[str]:
    return [OURS, "predict", str(job.model), str(list_of(job)), *options]


def _texts_of_ours(_: Job, output: str) -> dict[str, str]:
    rows = (row.partition(";") for row in output.splitlines())
    return {Path(path).stem: text for path, delimiter, text in rows if delimiter}


def _tesseract(source: Path, out: Path, job: Job) -> list[str]:
    return [TESSERACT, str(source), str(out), "--psm", RAW_LINE, "-l", job.language]


def _tesseract_list(job: Job) -> list[str]:
    return _tesseract(list_of(job), job.out / "read", job)


def _tesseract_processes(job: Job) -> list[str]:
    """One process for each thread, each with its share of the lines."""
    calls = []
    for number in range(job.threads):
        folder = job.out / str(number)
        folder.mkdir()
        part = list_of(job._replace(lines=job.lines[number :: job.threads], out=folder))
        calls.append(shlex.join(_tesseract(part, folder / "read", job)))
    return ["sh", "-c", f"export OMP_THREAD_LIMIT=1; {' & '.join(calls)} & wait"]


def _tesseract_files(job: Job) -> list[str]:
    calls = [shlex.join(_tesseract(line, job.out / line.stem, job)) for line in job.lines]
    return ["sh", "-c", "; ".join(calls)]


def _texts_of_list(job: Job, _: str) -> dict[str, str]:
    return pages_of(job.out / "read.txt", job.lines)


def _texts_of_processes(job: Job, _: str) -> dict[str, str]:
    texts = dict[str, str]()
    for number in range(job.threads):
        part = job.lines[number :: job.threads]
        texts |= pages_of(job.out / str(number) / "read.txt", part)
    return texts


def _texts_of_files(job: Job, _: str) -> dict[str, str]:
    return {path.stem: one_line(path.read_text()) for path in job.out.glob("[0-9]*.txt")}


def pages_of(read: Path, lines: list[Path]) -> dict[str, str]:
    """What Tesseract wrote for a list of images: a page each, parted by form feeds."""
    pages = read.read_text(encoding="utf-8").split("\f") if read.is_file() else []
    return {line.stem: one_line(page) for line, page in zip(lines, pages, strict=False)}


def one_line(text: str) -> str:
    """A page's text without line breaks."""
    return " ".join(text.split("\n")).strip()


def _calamari(job: Job) -> list[str]:
    return calamari_reading(job.model, [str(line) for line in job.lines], job.out)


def _kraken(job: Job) -> list[str]:
    return kraken_reading(job.model, job.lines, job.out, "--threads", str(job.threads))


def _pylaia(job: Job) -> list[str]:
    names = job.out / "names.txt"
    names.write_text("".join(f"val_{line.stem}\n" for line in job.lines))
    return pylaia_reading(job.prepared, names, job.model)


def _texts_of(suffix: str) -> Callable[[Job, str], dict[str, str]]:
    return lambda job, _: texts_in(job.out, suffix)


def _texts_printed(_: Job, output: str) -> dict[str, str]:
    return texts_of_pylaia(output)


def model_of(name: str, trained: Path, given: Path | None) -> Path | None:
    """Where a reader's model lies, among what `benchmarks/peers.py run` trained."""
    if name == "tf_crnn":
        return given or trained / "tf_crnn" / "model"
    if name == "kraken":
        return best_of_kraken(trained / "kraken" / "model")
    return trained / name / "best.ckpt" if name == "calamari" else trained / name


def simpler(text: str) -> str:
    """A text without what one transcribes in one way and another in another.

    A long s, a small e above a vowel, dashes, hyphens, quotes.
    """
    for old, new in SIMPLER.items():
        text = text.replace(old, new)
    return unicodedata.normalize("NFKC", text)


def versions() -> dict[str, str]:
    """Of the programs by others that are installed."""
    found = {}
    for name, package in PACKAGES.items():
        for path in (PEERS / name).glob(f"lib/python*/site-packages/{package}-*.dist-info"):
            found[name] = path.name.removeprefix(f"{package}-").removesuffix(".dist-info")
    if shutil.which(TESSERACT):
        done = subprocess.run([TESSERACT, "--version"], capture_output=True, text=True, check=True)
        found[TESSERACT] = (done.stdout + done.stderr).split()[1]
    return found


OURS = str(Path(sys.executable).with_name("tf-crnn"))


def _ours_arms() -> dict[str, Reader]:
    """Ours as configured and by the best path, with each engine that it has."""
    choices: list[Any] = [param.type for param in predict.params if param.name == "engine"]
    engines = [name for kind in choices for name in getattr(kind, "choices", ()) if name != "auto"]
    arms = {}
    for decoding in ("", "greedy"):
        for engine in engines or [""]:
            options = (["--decoding", decoding] if decoding else []) + (
                ["--engine", engine] if engine else []
            )
            name = "_".join(filter(None, ("tf_crnn", engine, decoding)))
            arms[name] = Reader(partial(_with, options), _texts_of_ours, OURS, "tf_crnn")
    return arms


def _with(options: list[str], job: Job) -> list[str]:
    return _ours(job, *options)


_PROGRAMS = {
    name: str(PEERS / name / "bin" / program)
    for name, program in (
        ("calamari", "calamari-predict"),
        ("kraken", "kraken"),
        ("pylaia", "pylaia-htr-decode-ctc"),
    )
}
READERS: dict[str, Reader] = {
    **_ours_arms(),
    "tesseract": Reader(_tesseract_list, _texts_of_list, TESSERACT),
    "tesseract_processes": Reader(_tesseract_processes, _texts_of_processes, TESSERACT),
    "tesseract_files": Reader(_tesseract_files, _texts_of_files, TESSERACT, few=True),
    "calamari": Reader(
        _calamari, _texts_of(".pred.txt"), _PROGRAMS["calamari"], "calamari", slow=True
    ),
    "kraken": Reader(_kraken, _texts_of(".txt"), _PROGRAMS["kraken"], "kraken", slow=True),
    "pylaia": Reader(_pylaia, _texts_printed, _PROGRAMS["pylaia"], "pylaia", slow=True),
}
