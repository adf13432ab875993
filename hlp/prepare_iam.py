"""Make a training set of the IAM database: download, extract, write CSVs and an alphabet.

    export IAM_USER=... IAM_PWD=...
    python hlp/prepare_iam.py --download_dir D --generated_data_dir G

Folders and archives that already lie in D, also those put there by hand, are not downloaded again.
"""

import base64
import gzip
import json
import os
import re
import shutil
import sys
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from pathlib import Path, PurePosixPath
from typing import NoReturn
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    BaseHandler,
    OpenerDirector,
    Request,
    build_opener,
)

import click

from tf_crnn import iam
from tf_crnn.errors import CrnnError, DataError

IAM_PAGE = "https://fki.tic.heia-fr.ch/databases/iam-handwriting-database"
BASE_URL = "http://www.fki.inf.unibe.ch/DBs/iamDB/data"
ARCHIVES = {
    iam.LINES_FOLDER: "lines/lines.tgz",
    iam.ASCII_FOLDER: "ascii/ascii.tgz",
    iam.TASK_FOLDER: "tasks/largeWriterIndependentTextLineRecognitionTask.zip",
}
WAITS_BEFORE_TRIES_S = (0, 0, 1, 4)
TIMEOUT_S = 60
CHUNK_BYTES = 1 << 16
INTERRUPTED = 130

_ARCHIVE_ERRORS = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
)


class BrokenConnectionError(Exception):
    """The connection failed or ended early; what arrived is kept and another try may go on."""


class BasicCredentials(BaseHandler):
    """Shows user and password to some hosts, redirections included, and to no other."""

    def __init__(self, hosts: set[tuple[str, str]], user: str, password: str) -> None:
        """Keep the credentials for `hosts`, pairs of scheme and host as in a URL."""
        self.hosts = hosts
        encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.authorization = f"Basic {encoded}"

    def http_request(self, request: Request) -> Request:
        """The request, with the credentials if its host may see them."""
        if urlsplit(request.full_url)[:2] in self.hosts:
            request.add_unredirected_header("Authorization", self.authorization)
        return request

    https_request = http_request


@click.command(help=__doc__)
@click.option(
    "--download_dir",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the archives and of what they hold.",
)
@click.option(
    "--generated_data_dir",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that gets generated_splits/, generated_csv/ and generated_alphabet/.",
)
@click.option(
    "--base_url",
    default=BASE_URL,
    show_default=True,
    help=f"Where these are looked for: {', '.join(ARCHIVES.values())}.",
)
def main(download_dir: Path, generated_data_dir: Path, base_url: str) -> None:
    """Fetch what is not there yet, write the data set and print what was made."""
    try:
        fetch_folders(download_dir, base_url)
        data_set = iam.prepare_data_set(download_dir, generated_data_dir)
    except CrnnError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo(
            "\nInterrupted. Nothing half-made is left, and what was downloaded is kept: "
            "run the same command again to go on.",
            err=True,
        )
        sys.exit(INTERRUPTED)
    report(data_set, generated_data_dir.resolve())


def report(data_set: iam.IamDataSet, generated_data_dir: Path) -> None:
    """Print the counts and the configuration that trains on them; warnings go to stderr."""
    for warning in data_set.warnings:
        click.echo(f"Warning: {warning}", err=True)
    click.echo(f"{data_set.n_lines:,} lines in {iam.ASCII_FOLDER}/lines.txt")
    for split in data_set.splits:
        _report_split(split)
    if any(split.missing for split in data_set.splits):
        click.echo(f"The missing ones are listed in {generated_data_dir / iam.MISSING_FILE}")
    click.echo(f"alphabet: {len(data_set.alphabet.codes)} units of the training split")
    for split in data_set.splits:
        _report_unknown_units(split, data_set)
    config = {
        "lookup_alphabet_file": str(generated_data_dir / iam.ALPHABET_FILE),
        "csv_files_train": str(iam.csv_path(generated_data_dir, "train")),
        "csv_files_eval": str(iam.csv_path(generated_data_dir, "validation1")),
    }
    click.echo("Lines for your configuration:")
    for key, value in config.items():
        click.echo(f'  "{key}": {json.dumps(value)},')


def _report_split(split: iam.Split) -> None:
    n_unknown = sum(line.image_path is None for line in split.missing)
    click.echo(
        f"{split.name}: {len(split.images):,} of {split.n_listed:,} lines written, "
        f"{len(split.missing) - n_unknown:,} without image, {n_unknown:,} not in lines.txt"
    )


def _report_unknown_units(split: iam.Split, data_set: iam.IamDataSet) -> None:
    counts = split.count_units()
    unknown = sorted(data_set.alphabet.unknown_units(counts))
    if unknown:
        listed = ", ".join(f"{unit!r} ({counts[unit]}x)" for unit in unknown)
        click.echo(f"{split.name}: {len(unknown)} of its units are not in the alphabet: {listed}")


def fetch_folders(download_dir: Path, base_url: str) -> None:
    """Bring the three extracted folders into `download_dir`; those that are filled are left alone.

    Raises:
        DataError: credentials are missing or refused, the server or an archive fails, or the disk.
    """
    try:
        download_dir.mkdir(parents=True, exist_ok=True)
        for name, location in ARCHIVES.items():
            _fetch_folder(download_dir / name, f"{base_url.rstrip('/')}/{location}")
    except OSError as error:
        raise DataError(
            f"{error.filename or download_dir}: cannot be written ({error.strerror or error}). "
            "Free some space or give another --download_dir; what was downloaded is kept."
        ) from error


def _fetch_folder(folder: Path, url: str) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        click.echo(f"{folder}: already there")
        return
    archive = folder.with_name(PurePosixPath(url).name)
    if archive.is_file():
        check_archive(archive, "Remove it and run the command again to have it downloaded.")
    else:
        download(url, archive, _make_opener(url))
    extract(archive, folder)


def _make_opener(url: str) -> OpenerDirector:
    """An opener that shows the credentials to the host of `url` and to no other."""
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.netloc:
        raise DataError(f"{url}: is no address of the form http://host/folder. Correct --base_url.")
    user, password = os.environ.get("IAM_USER"), os.environ.get("IAM_PWD")
    if not (user and password):
        raise DataError(
            f"IAM_USER or IAM_PWD: not set, and {url} needs them. Register at {IAM_PAGE}, then "
            "`export IAM_USER=... IAM_PWD=...`, or put the archive or its extracted folder into "
            "--download_dir by hand."
        )
    # The address may send on to https; nothing that was asked over https goes on in clear text.
    hosts = {(scheme, address.netloc) for scheme in (address.scheme, "https")}
    return build_opener(BasicCredentials(hosts, user, password))


def download(url: str, archive: Path, opener: OpenerDirector) -> None:
    """Download an archive by way of `<archive>.part`, from which a later call goes on.

    Raises:
        DataError: the server refuses, the connection keeps breaking, or the archive is damaged.
    """
    part = archive.with_name(f"{archive.name}.part")
    for wait_s in WAITS_BEFORE_TRIES_S:
        time.sleep(wait_s)
        try:
            _receive(url, part, opener)
            break
        except BrokenConnectionError as error:
            broken = error
    else:
        raise DataError(
            f"{url}: cannot be downloaded ({broken}; {len(WAITS_BEFORE_TRIES_S)} tries). Check the "
            "network and --base_url and run the command again: it goes on from the "
            f"{_size(part):,} bytes that are here. Or put {archive.name} into {archive.parent} "
            "by hand."
        ) from broken
    try:
        check_archive(
            part, "It was discarded: check the credentials and --base_url, and try again."
        )
    except DataError:
        part.unlink()
        raise
    part.replace(archive)


def _receive(url: str, part: Path, opener: OpenerDirector) -> None:
    start = _size(part)
    request = Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    click.echo(f"{url}: downloading" + f" from byte {start:,} on" * bool(start))
    try:
        response = _open(request, opener)
    except HTTPError as error:
        with error:
            if error.code != 416:
                _explain_refusal(url, error)
            # Past the end of the file: nothing is left to fetch, if the sizes agree.
            if error.headers.get("Content-Range") != f"bytes */{start}":
                _start_again(part, from_error=error)
        return
    with response:
        _save(response, part)


def _open(request: Request, opener: OpenerDirector) -> HTTPResponse:
    try:
        response: HTTPResponse = opener.open(request, timeout=TIMEOUT_S)
    except HTTPError:
        raise
    except (OSError, HTTPException) as error:
        raise BrokenConnectionError(str(getattr(error, "reason", "") or error)) from error
    return response


def _explain_refusal(url: str, error: HTTPError) -> NoReturn:
    where = f"{url}: the server answers {error.code} {error.reason}. "
    if error.code in (401, 403):
        raise DataError(
            f"{where}Check IAM_USER and IAM_PWD; an account is made at {IAM_PAGE}."
        ) from error
    if error.code == 404:
        raise DataError(
            f"{where}Look up the present address at {IAM_PAGE} and give it as --base_url, or put "
            "the archive into --download_dir by hand."
        ) from error
    raise DataError(f"{where}Run the command again later.") from error


def _start_again(part: Path, from_error: Exception | None = None) -> NoReturn:
    part.unlink()
    raise BrokenConnectionError(f"{part.name} does not fit the server's file") from from_error


def _save(response: HTTPResponse, part: Path) -> None:
    start, total = _announced(response)
    if start not in (0, _size(part)):
        _start_again(part)
    with (
        part.open("ab" if start else "wb") as stream,
        click.progressbar(length=total or 0, label=f"  {part.stem}") as progress,
    ):
        progress.update(start)
        for chunk in _chunks(response):
            stream.write(chunk)
            progress.update(len(chunk))
    if total is not None and _size(part) < total:
        raise BrokenConnectionError(f"{_size(part):,} of {total:,} bytes arrived")


def _announced(response: HTTPResponse) -> tuple[int, int | None]:
    """The byte at which the answer starts, and the size of the whole file if the server tells."""
    content_range = re.match(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
    if response.status == 206 and content_range:
        return int(content_range[1]), int(content_range[2])
    length = response.headers.get("Content-Length")
    return 0, int(length) if length else None


def _chunks(response: HTTPResponse) -> Iterator[bytes]:
    try:
        while chunk := response.read(CHUNK_BYTES):
            yield chunk
    except (OSError, HTTPException) as error:
        raise BrokenConnectionError(str(error)) from error


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def check_archive(archive: Path, remedy: str) -> None:
    """Read an archive to its end and compare its checksums.

    Raises:
        DataError: it is damaged or cut off; the message ends with `remedy`.
    """
    try:
        if ".zip" in archive.suffixes:
            _check_zip(archive)
        else:
            _check_tgz(archive)
    except _ARCHIVE_ERRORS as error:
        raise DataError(f"{archive}: is not a whole archive ({error}). {remedy}") from error


def _check_zip(archive: Path) -> None:
    with zipfile.ZipFile(archive) as members:
        damaged = members.testzip()
    if damaged:
        raise zipfile.BadZipFile(f"{damaged} is damaged")


def _check_tgz(archive: Path) -> None:
    # tarfile stops at the end mark, before the checksum that gzip keeps at the very end.
    with gzip.open(archive) as stream:
        while stream.read(CHUNK_BYTES):
            pass
    with tarfile.open(archive, "r:gz") as members:
        members.next()


def extract(archive: Path, folder: Path) -> None:
    """Extract an archive beside `folder` and rename the result: `folder` is never half there.

    Raises:
        DataError: the archive is damaged, or a member would be written outside the folder.
    """
    click.echo(f"{archive}: extracting")
    staging = folder.with_name(f"{folder.name}.extracting")
    shutil.rmtree(staging, ignore_errors=True)
    try:
        _unpack(archive, staging)
        inner = staging / folder.name
        if folder.exists():
            folder.rmdir()
        (inner if inner.is_dir() else staging).rename(folder)
    except _ARCHIVE_ERRORS as error:
        raise DataError(
            f"{archive}: cannot be extracted ({error}). Remove it and fetch it again."
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _unpack(archive: Path, folder: Path) -> None:
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as members:
            _refuse_climbing(members.namelist())
            members.extractall(folder)
    else:
        with tarfile.open(archive, "r:gz") as members:
            members.extractall(folder, filter="data")


def _refuse_climbing(names: list[str]) -> None:
    for name in names:
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts:
            raise zipfile.BadZipFile(f"{name!r} would be written outside the destination")


if __name__ == "__main__":
    main()
