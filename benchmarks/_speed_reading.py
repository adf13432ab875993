"""Reading: lines a second with the error rate on the same lines, and the first line's seconds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
from _measuring import measure
from _speed_readers import READERS, Job, model_of, simpler, versions
from _speed_work import LANGUAGES, TRAINED, WORK, Ledger, Lines, empty, lines_of, rotated, taken

from tf_crnn.metrics import compare_lines

THREADS = (1, 2)
LAST_ROWS = 3


class Setting(NamedTuple):
    """What is measured.

    Attributes:
        dataset: of `data/`; its validation lines are read.
        arms: of `READERS`.
        rounds: in each of which every arm has its turn, slow ones in the first alone.
        lines: that are read.
        few: lines of a second call: the difference of both is the steady state.
        model: folder of ours, if not the one that `benchmarks/peers.py run` trained.
    """

    dataset: str
    arms: tuple[str, ...]
    rounds: int
    lines: int
    few: int
    model: str = ""

    def shown(self) -> dict[str, Any]:
        """All but the place of the model."""
        return {name: value for name, value in self._asdict().items() if name != "model"}


class Bench:
    """Readers with their models and lines."""

    def __init__(self, setting: Setting) -> None:
        """Find out which of them can be measured."""
        self.setting = setting
        self.lines: Lines = lines_of(setting.dataset)
        self.models: dict[str, Path | None] = {}
        self.skipped: dict[str, str] = {}
        given = Path(setting.model) if setting.model else None
        for name in setting.arms:
            kind = READERS[name].model
            model = model_of(kind, TRAINED / setting.dataset, given) if kind else None
            self.models[name] = model
            if reason := READERS[name].missing(model):
                self.skip(name, reason)

    @property
    def arms(self) -> list[str]:
        """Those that can be measured."""
        return [name for name in self.setting.arms if name not in self.skipped]

    def skip(self, name: str, reason: str) -> None:
        """Leave an arm out, and say so."""
        self.skipped[name] = reason
        click.echo(f"{name} is left out: {reason}", err=True)

    def judge(self, name: str, kept: dict[str, Any]) -> None:
        """Leave an arm out that has read nothing."""
        if not kept["n_read"]:
            self.skip(name, "has read nothing")

    def read(self, name: str, images: list[Path], threads: int) -> dict[str, Any]:
        """Have an arm read images in a process of its own; what it took and what it read."""
        out = empty(WORK / self.setting.dataset / "read" / name)
        language = LANGUAGES.get(self.setting.dataset, "eng")
        model = (self.models[name] or Path()).resolve()
        prepared = (TRAINED / self.setting.dataset / "pylaia_data").resolve()
        job = Job(images, out, model, language, threads, prepared)
        log = out.parent / f"{name}_log.txt"
        measured = measure(READERS[name].command(job), n_processors=threads, log=log)
        texts = READERS[name].texts(job, measured.output)
        if not texts:
            last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_ROWS:]
            click.echo("\n".join(last), err=True)
        stems = dict.fromkeys(path.stem for path in images)
        pairs = [(self.lines.truth[stem], texts.get(stem, "")) for stem in stems]
        plain = [(simpler(reference), simpler(text)) for reference, text in pairs]
        return {
            **taken(measured),
            "n_lines": len(images),
            "n_read": len(texts),
            "cer": round(compare_lines(pairs).cer, 5),
            "cer_simpler": round(compare_lines(plain).cer, 5),
        }


def measure_reading(setting: Setting) -> dict[str, Any]:
    """Rounds of all arms, on one thread and on two, with few lines and with many."""
    bench = Bench(setting)
    ledger = Ledger("reading", {**setting._asdict(), "arms": list(setting.arms)})
    many = bench.lines.some("val", setting.lines)
    sizes = {"few": bench.lines.some("val", setting.few), "many": many}
    found: dict[str, Any] = {}
    for name in bench.arms:  # what it compiles once for a machine; its files in the cache
        bench.judge(name, ledger.once(f"warm {name}", lambda n=name: bench.read(n, many[:1], 1)))
    for turn, threads, name, size in plan(setting, bench):
        if name in bench.skipped:
            continue
        key = f"{turn} {threads} {name} {size}"
        kept = ledger.once(key, lambda n=name, s=size, t=threads: bench.read(n, sizes[s], t))
        bench.judge(name, kept)
        found.setdefault(name, {}).setdefault(str(threads), {}).setdefault(size, []).append(kept)
    return {
        **setting.shown(),
        "readers": {name: found[name] for name in found if name not in bench.skipped},
        "versions": versions(),
        "skipped": bench.skipped,
        "busy_before": ledger.close(),
    }


def plan(setting: Setting, bench: Bench) -> Iterator[tuple[int, int, str, str]]:
    """Turn, threads, arm and size, in their order."""
    for turn in range(setting.rounds):
        for threads in THREADS:
            for name in rotated(bench.arms, turn):
                if READERS[name].slow and turn:
                    continue
                yield turn, threads, name, "few"
                if not READERS[name].few:
                    yield turn, threads, name, "many"


def measure_first_line(setting: Setting, n_repeated: int) -> dict[str, Any]:
    """Seconds and memory of reading one line; memory of ours for `n_repeated` lines."""
    bench = Bench(setting)
    settings = {**setting._asdict(), "arms": list(setting.arms), "repeated": n_repeated}
    ledger = Ledger("first_line", settings)
    threads = max(THREADS)
    images = bench.lines.some("val", setting.lines)
    found: dict[str, list[Any]] = {}
    for turn in range(setting.rounds + 1):
        for name in rotated(bench.arms, turn):
            key = f"{turn} {name}"
            kept = ledger.once(key, lambda n=name: bench.read(n, images[:1], threads))
            bench.judge(name, kept)
            if turn:  # the first reads the program from the disk
                found.setdefault(name, []).append(kept)
    memory: dict[str, dict[str, Any]] = {}
    for name in bench.arms:
        if READERS[name].model != "tf_crnn":
            continue
        for n_lines in (n_repeated // 10, n_repeated):
            many = [images[number % len(images)] for number in range(n_lines)]
            kept = ledger.once(
                f"{n_lines} {name}", lambda n=name, m=many: bench.read(n, m, threads)
            )
            memory.setdefault(name, {})[str(n_lines)] = kept
    return {
        **setting.shown(),
        "first_line": {name: found[name] for name in found if name not in bench.skipped},
        "versions": versions(),
        "many_lines": memory,
        "skipped": bench.skipped,
        "busy_before": ledger.close(),
    }
