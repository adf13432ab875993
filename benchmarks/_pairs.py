"""Lines as most frameworks take them: pairs of `<number>.png` and `<number>.gt.txt`."""

from pathlib import Path

from _common import ROOT

from tf_crnn.samples import read_rows, resolve_image_path


def write_pairs(dataset: str, folder: Path) -> dict[str, str]:
    """Link images and write texts under numbers; the validation texts by their stems."""
    truth = dict[str, str]()
    for part in ("train", "val"):
        csv_path = ROOT / "data" / dataset / f"{part}.csv"
        target = folder / part
        target.mkdir(parents=True)
        for number, row in enumerate(read_rows(csv_path)):
            image = resolve_image_path(row.image_path, csv_path.resolve().parent)
            text = "".join((row.label or "").strip("|").split("|"))
            stem = f"{number:06d}"
            (target / f"{stem}.png").symlink_to(image.resolve())
            (target / f"{stem}.gt.txt").write_text(text, encoding="utf-8")
            if part == "val":
                truth[stem] = text
    return truth
