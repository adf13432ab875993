"""Speed and memory of `tf-crnn data pack`, and of a training's input from files, memory and a pack.

    python benchmarks/pack.py data/plates_cn/train.csv benchmarks/configs/plates_cn.json

The CSV's rows are repeated until there are enough of them. Epochs of the three sources take turns,
and medians are kept, since other programs share the machine; the network is left out.
"""

import resource
import statistics
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

import click
from _common import write_result

from tf_crnn.augmentation.line import Doses, doses_of
from tf_crnn.batches import LineBatches
from tf_crnn.config import Params, import_params_from_json
from tf_crnn.line_index import Geometry
from tf_crnn.packs.description import config_for_packs
from tf_crnn.packs.write import write_pack
from tf_crnn.preprocessing import preprocess_csv
from tf_crnn.samples import escape_path, read_rows

MEMORY_MB = 8000.0


@click.command()
@click.argument("csv_file", type=click.Path(exists=True))
@click.argument("config", type=click.Path(exists=True))
@click.option("--rows", default=200_000, show_default=True)
@click.option("--epochs", default=9, show_default=True, help="Of each source, one more to warm up.")
def main(csv_file: str, config: str, rows: int, epochs: int) -> None:
    """Measure, print and keep the result."""
    alphabet = str(Path(csv_file).with_name("alphabet.json"))
    values = import_params_from_json(json_filename=config)
    params = Params(**{**values, "lookup_alphabet_file": alphabet})
    with tempfile.TemporaryDirectory() as folder:
        packed = measure_packing(Path(csv_file).resolve(), params, Path(folder), rows)
        seconds = {
            name: measure_input(Path(csv_file), params, Path(folder), epochs, doses)
            for name, doses in (("plain", None), ("augmented", doses_of(params.to_dict())))
        }
    write_result(
        "pack", {"lines": "/".join(Path(csv_file).parts[-2:]), **packed, "epoch_seconds": seconds}
    )


def measure_packing(source: Path, params: Params, folder: Path, rows: int) -> dict[str, float]:
    """Pack `rows` lines; lines a second, and the memory that this took."""
    many = folder / "many.csv"
    with many.open("w", encoding="utf-8") as stream:
        for row in islice(cycle(list(read_rows(source))), rows):
            stream.write(f"{escape_path(str(source.parent / row.image_path))};{row.label}\n")
    memory_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    done = write_pack(many, config_for_packs(params.show_experiment_params()), folder / "many")
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "packed": done.description.n_lines,
        "lines_per_second": round(done.description.n_lines / seconds),
        "pack_mb": round(sum(shard["n_bytes"] for shard in done.description.shards) / 1e6),
        "peak_memory_mb": memory // 1024,
        "memory_grown_mb": (memory - memory_before) // 1024,
    }


def measure_input(
    csv_file: Path, params: Params, folder: Path, epochs: int, doses: Doses | None
) -> dict[str, float]:
    """Median seconds of an epoch of batches from files, from memory and from a pack."""
    if not (folder / "pack").exists():
        config = config_for_packs(params.show_experiment_params())
        write_pack(csv_file, config, folder / "pack")
    preprocess_csv(str(csv_file), params, folder / "loose.csv")
    preprocess_csv(str(folder / "pack"), params, folder / "packed.csv")
    geometry = Geometry(params.input_shape, params.input_channels, params.downscale_factor)
    sources = {
        name: LineBatches(
            folder / csv_name, geometry, batch_size=params.train_batch_size, shuffle=True,
            doses=doses, seed=1, cache_mb=cache_mb,
        )
        for name, csv_name, cache_mb in (
            ("files", "loose.csv", 0.0),
            ("memory", "loose.csv", MEMORY_MB),
            ("pack", "packed.csv", 0.0),
            ("pack_in_memory", "packed.csv", MEMORY_MB),
        )
    }  # fmt: skip
    seconds: dict[str, list[float]] = {name: [] for name in sources}
    for epoch in range(epochs + 1):
        for name, batches in sources.items():
            began = time.perf_counter()
            for _ in batches.epoch(epoch):
                pass
            if epoch:
                seconds[name].append(time.perf_counter() - began)
    return {name: round(statistics.median(taken), 3) for name, taken in seconds.items()}


if __name__ == "__main__":
    main()
