"""`x.png` and `x.gt.txt`, in a compressed tar."""

import io
import tarfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from support.importer_sources import SECRET, Line, claiming_png, draw_png, plain_lines

OPTIONS: dict[str, Any] = {}
KEEPS = {"names", "splits", "spaces"}

Files = Iterable[tuple[str, bytes]]


def write(folder: Path, lines: Sequence[Line]) -> Path:
    return write_tar(folder / "pairs.tar.gz", files_of(lines))


def files_of(lines: Sequence[Line]) -> list[tuple[str, bytes]]:
    """Images first, so that no text stands before its image."""
    stems = [f"{line.split or 'more'}/{line.name}" for line in lines]
    images = [(f"{s}.png", line.image) for s, line in zip(stems, lines, strict=True)]
    texts = [(f"{s}.gt.txt", f"{li.text}\n".encode()) for s, li in zip(stems, lines, strict=True)]
    return images + texts


def write_folder(folder: Path, files: Files) -> Path:
    for name, content in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def write_zip(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return path


def write_tar(path: Path, files: Files) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def damaged(folder: Path) -> Path:
    path = write(folder, [Line(f"{n}", f"text{n}", draw_png(n)) for n in range(50)])
    path.write_bytes(path.read_bytes()[:-2000])
    return path


def without_image(folder: Path) -> Path:
    files = files_of(plain_lines(2))
    return write_tar(folder / "pairs.tar.gz", files[1:])


def malicious(folder: Path) -> list[Path]:
    climbing = ["../../../climbing", "/absolute", "C:\\drive", "a/../../b", "..", "a\nb", "con"]
    png = plain_lines(1)[0].image
    files = [("bomb.png", claiming_png()), ("bomb.gt.txt", b"bomb")]
    for stem in climbing:
        files += [(f"{stem}.png", png), (f"{stem}.gt.txt", stem.encode())]
    return [
        write_zip(folder / "evil.zip", files),
        write_tar(folder / "evil.tar", files),
        _links(folder),
        _bomb(folder),
        _long_header(folder),
    ]


def _links(folder: Path) -> Path:
    path = folder / "links.tar"
    with tarfile.open(path, "w") as archive:
        for number, kind in enumerate((tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE)):
            for end in (".png", ".gt.txt"):
                member = tarfile.TarInfo(f"{number}{end}")
                member.type, member.linkname = kind, str(folder / "secret.txt")
                archive.addfile(member)
        content = SECRET.encode()
        member = tarfile.TarInfo("x.png")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return path


def _bomb(folder: Path) -> Path:
    """A picture of 600 million zeros."""
    path = folder / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("x.gt.txt", "text")
        with archive.open("x.png", "w", force_zip64=True) as stream:
            for _ in range(60):
                stream.write(bytes(10_000_000))
    return path


def _long_header(folder: Path) -> Path:
    """A name that claims to be 900 million bytes long, and is in a small file."""
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 900_000_000
    path = folder / "long.tar"
    path.write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(10_000))
    return path
