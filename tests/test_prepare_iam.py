import base64
import importlib.util
import io
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tf_crnn import iam
from tf_crnn.alphabet import Alphabet
from tf_crnn.errors import DataError

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "hlp" / "prepare_iam.py"
TASK = "largeWriterIndependentTextLineRecognitionTask"
LINES_URL, ASCII_URL, TASK_URL = "/lines/lines.tgz", "/ascii/ascii.tgz", f"/tasks/{TASK}.zip"
OUTPUT_FOLDERS = ["generated_alphabet", "generated_csv", "generated_splits"]

LINES_TXT = """\
#--- lines.txt ---------------------------------------------------------------#
# format: a01-000u-00 ok 154 19 408 746 1661 89 A|MOVE|to|stop
#
a01-000u-00 ok 154 19 408 746 1661 89 Bad|cab
a01-000u-01 ok 156 19 395 932 1850 105 a|#|bed
b02-001-00 err 182 20 400 700 1500 90 zeal|"B B"
c03-004x-02 ok 170 12 410 710 1400 80 bead
d04-005-01 ok 171 13 411 711 1401 81 a;b\\c
"""
SPLITS = {
    "trainset.txt": ["a01-000u-00", "a01-000u-01"],
    "testset.txt": ["b02-001-00"],
    "validationset1.txt": ["c03-004x-02"],
    "validationset2.txt": ["d04-005-01"],
}
IMAGES = [
    "a01/a01-000u/a01-000u-00.png",
    "a01/a01-000u/a01-000u-01.png",
    "b02/b02-001/b02-001-00.png",
    "c03/c03-004x/c03-004x-02.png",
    "d04/d04-005/d04-005-01.png",
]


def load_script():
    spec = importlib.util.spec_from_file_location("prepare_iam", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


prepare_iam = load_script()


def noise_png(seed):
    # Noise does not compress, so that an archive of it is long enough to be cut in the middle.
    pixels = np.random.default_rng(seed).integers(0, 256, (32, 100), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format="png")
    return stream.getvalue()


def tgz(members):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def zipped(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def split_files():
    return {name: "".join(f"{line_id}\n" for line_id in ids) for name, ids in SPLITS.items()}


def line_images():
    return {name: noise_png(seed) for seed, name in enumerate(IMAGES)}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        wanted_range = self.headers.get("Range")
        server.requests.append((self.path, wanted_range))
        server.on_request(len(server.requests))
        if self.headers.get("Authorization") != server.authorization:
            return self.answer(401, {"WWW-Authenticate": 'Basic realm="IAM"'})
        if self.path in server.moved:
            return self.answer(302, {"Location": server.moved[self.path]})
        if self.path not in server.files:
            return self.answer(server.status_of_unknown, {})
        return self.send_file(server.files[self.path], wanted_range if server.ranges else None)

    def send_file(self, content, wanted_range):
        n_bytes = len(content)
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted_range)[1]) if wanted_range else 0
        if start >= n_bytes:
            return self.answer(416, {"Content-Range": f"bytes */{n_bytes}"})
        shown = f"bytes {start + self.server.range_shift}-{n_bytes - 1}/{n_bytes}"
        headers = {"Content-Range": shown} if wanted_range else {}
        return self.answer(206 if wanted_range else 200, headers, content[start:])

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cuts = self.server.cuts.get(self.path, [])
        self.wfile.write(body[: cuts.pop(0)] if cuts else body)

    def log_message(self, *_):
        pass


class IamServer(ThreadingHTTPServer):
    """Serves `files` to reader with the password secret; `cuts` shortens a path's next answers."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.authorization = "Basic " + base64.b64encode(b"reader:secret").decode()
        self.files = {
            LINES_URL: tgz(line_images()),
            ASCII_URL: tgz({"lines.txt": LINES_TXT.encode()}),
            TASK_URL: zipped(split_files()),
        }
        self.ranges = True
        self.range_shift = 0
        self.status_of_unknown = 404
        self.moved = {}
        self.cuts = {}
        self.requests = []
        self.on_request = lambda _: None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


def serve(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def server():
    yield from serve(IamServer())


@pytest.fixture
def other_server():
    yield from serve(IamServer())


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    monkeypatch.setenv("IAM_USER", "reader")
    monkeypatch.setenv("IAM_PWD", "secret")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(prepare_iam, "WAITS_BEFORE_TRIES_S", (0, 0, 0))


@pytest.fixture
def folders(tmp_path):
    return tmp_path / "download", tmp_path / "generated"


def arguments(folders, base_url):
    download_dir, generated_dir = map(str, folders)
    options = ["--download_dir", download_dir, "--generated_data_dir", generated_dir]
    return [*options, "--base_url", base_url]


def prepare(folders, server):
    return CliRunner().invoke(prepare_iam.main, arguments(folders, server.url))


def put_by_hand(download_dir, lines_txt=LINES_TXT, images=None, splits=None):
    contents = {
        "lines": line_images() if images is None else images,
        "ascii": {"lines.txt": lines_txt},
        TASK: split_files() | (splits or {}),
    }
    for folder, members in contents.items():
        for name, content in members.items():
            path = download_dir / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def csv_labels(generated_dir, split):
    rows = (generated_dir / "generated_csv" / f"lines_{split}.csv").read_text("utf-8").splitlines()
    return [row.partition(".png;")[2] for row in rows]


def script_environment():
    return os.environ | {"PYTHONPATH": str(ROOT)}


def test_command_line_makes_the_whole_data_set(folders, server):
    download_dir, generated_dir = folders
    command = [sys.executable, str(SCRIPT), *arguments(folders, server.url)]

    done = subprocess.run(
        command, env=script_environment(), capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr
    assert names_in(generated_dir) == OUTPUT_FOLDERS
    image = download_dir.resolve() / "lines" / IMAGES[0]
    assert image.read_bytes() == noise_png(seed=0)
    train_csv = generated_dir.resolve() / "generated_csv" / "lines_train.csv"
    assert train_csv.read_text("utf-8").splitlines()[0] == f"{image};|B|a|d| |c|a|b|"
    train_split = (generated_dir / "generated_splits" / "lines_train.txt").read_text("utf-8")
    assert train_split.splitlines() == LINES_TXT.splitlines()[3:5]
    assert "train: 2 of 2 lines written, 0 without image, 0 not in lines.txt" in done.stdout
    assert f'"csv_files_train": {json.dumps(str(train_csv))},' in done.stdout
    assert "lines.txt: expected 13,353 lines of the IAM database, found 5." in done.stderr
    assert "trainset.txt: expected 6,161 lines of the IAM database, found 2." in done.stderr


def test_every_split_gets_the_rows_of_its_lines(folders, server):
    prepare(folders, server)

    assert csv_labels(folders[1], "train") == ["|B|a|d| |c|a|b|", "|a| |[-]| |b|e|d|"]
    assert csv_labels(folders[1], "test") == ['|z|e|a|l| |"|B| |B|"|']
    assert csv_labels(folders[1], "validation1") == ["|b|e|a|d|"]
    assert csv_labels(folders[1], "validation2") == ["|a|;|b|\\\\|c|"]


def test_strike_out_is_one_unit(folders, server):
    prepare(folders, server)

    alphabet = Alphabet(folders[1] / "generated_alphabet" / "iam_alphabet_lookup.json")
    assert "[-]" in alphabet.alphabet_units
    assert {"#", "[", "]", "-"}.isdisjoint(alphabet.alphabet_units)


def test_alphabet_holds_the_sorted_units_of_the_training_split_only(folders, server):
    result = prepare(folders, server)

    lookup_file = folders[1] / "generated_alphabet" / "iam_alphabet_lookup.json"
    lookup = json.loads(lookup_file.read_text("utf-8"))
    assert lookup == {" ": 1, "B": 2, "[-]": 3, "a": 4, "b": 5, "c": 6, "d": 7, "e": 8}
    assert "test: 3 of its units are not in the alphabet: '\"' (2x), 'l' (1x), 'z' (1x)" in (
        result.stdout
    )
    assert "validation2: 2 of its units are not in the alphabet: ';'" in result.stdout
    assert "validation1: 1 of its units" not in result.stdout


def test_cut_download_goes_on_where_it_ended(folders, server):
    server.cuts[LINES_URL] = [5000, 3000]

    result = prepare(folders, server)

    assert result.exit_code == 0, result.output
    asked = [wanted_range for path, wanted_range in server.requests if path == LINES_URL]
    assert asked == [None, "bytes=5000-", "bytes=8000-"]
    assert (folders[0] / "lines.tgz").read_bytes() == server.files[LINES_URL]


def test_part_of_an_earlier_run_is_gone_on_with(folders, server):
    folders[0].mkdir()
    (folders[0] / "lines.tgz.part").write_bytes(server.files[LINES_URL][:777])

    prepare(folders, server)

    assert server.requests[0] == (LINES_URL, "bytes=777-")
    assert (folders[0] / "lines.tgz").read_bytes() == server.files[LINES_URL]
    assert not list(folders[0].glob("*.part"))


def test_server_without_ranges_is_asked_for_the_whole_file_again(folders, server):
    server.ranges = False
    server.cuts[LINES_URL] = [5000]

    prepare(folders, server)

    asked = [wanted_range for path, wanted_range in server.requests if path == LINES_URL]
    assert asked == [None, "bytes=5000-"]
    assert (folders[0] / "lines.tgz").read_bytes() == server.files[LINES_URL]


def test_part_that_is_already_whole_is_taken(folders, server):
    folders[0].mkdir()
    (folders[0] / "lines.tgz.part").write_bytes(server.files[LINES_URL])

    result = prepare(folders, server)

    n_bytes = len(server.files[LINES_URL])
    assert result.exit_code == 0, result.output
    assert [asked for asked in server.requests if asked[0] == LINES_URL] == [
        (LINES_URL, f"bytes={n_bytes}-")
    ]


def test_part_longer_than_the_file_is_downloaded_anew(folders, server):
    folders[0].mkdir()
    (folders[0] / "lines.tgz.part").write_bytes(server.files[LINES_URL] + b"tail")

    prepare(folders, server)

    assert server.requests[1] == (LINES_URL, None)
    assert (folders[0] / "lines.tgz").read_bytes() == server.files[LINES_URL]


def test_answer_with_another_range_is_not_appended(folders, server):
    server.range_shift = 1
    folders[0].mkdir()
    (folders[0] / "lines.tgz.part").write_bytes(server.files[LINES_URL][:777])

    prepare(folders, server)

    assert server.requests[:2] == [(LINES_URL, "bytes=777-"), (LINES_URL, None)]
    assert (folders[0] / "lines.tgz").read_bytes() == server.files[LINES_URL]


def test_part_of_another_file_is_discarded(folders, server):
    folders[0].mkdir()
    (folders[0] / "lines.tgz.part").write_bytes(b"x" * 777)

    result = prepare(folders, server)

    assert result.exit_code == 1
    assert "lines.tgz.part: is not a whole archive" in result.stderr
    assert "It was discarded" in result.stderr
    assert names_in(folders[0]) == []


def test_connection_that_keeps_breaking_is_reported_and_its_part_kept(folders, server):
    server.cuts[LINES_URL] = [100, 10, 1]

    result = prepare(folders, server)

    n_bytes = len(server.files[LINES_URL])
    assert result.exit_code == 1
    assert f"(111 of {n_bytes:,} bytes arrived; 3 tries)" in result.stderr
    assert "goes on from the 111 bytes" in result.stderr
    assert (folders[0] / "lines.tgz.part").read_bytes() == server.files[LINES_URL][:111]


@pytest.mark.parametrize("url", [LINES_URL, ASCII_URL, TASK_URL])
def test_truncated_archive_is_refused_and_nothing_is_generated(folders, server, url):
    server.files[url] = server.files[url][:-20]

    result = prepare(folders, server)

    assert result.exit_code == 1
    assert f"{Path(url).name}.part: is not a whole archive" in result.stderr
    assert not folders[1].exists()
    assert not (folders[0] / Path(url).name).exists()
    assert not list(folders[0].glob("*.part"))


def test_damaged_archive_of_the_right_length_is_refused(folders, server):
    content = bytearray(server.files[TASK_URL])
    content[60] ^= 0xFF
    server.files[TASK_URL] = bytes(content)

    result = prepare(folders, server)

    assert result.exit_code == 1
    assert f"{TASK}.zip.part: is not a whole archive" in result.stderr


def test_tar_that_ends_inside_a_whole_gzip_leaves_no_folder(folders, server):
    cut_tar = tgz(line_images())
    with tarfile.open(fileobj=io.BytesIO(cut_tar)) as archive:
        data_start = archive.getmembers()[-1].offset_data
    inner = prepare_iam.gzip.decompress(cut_tar)[: data_start + 10]
    server.files[LINES_URL] = prepare_iam.gzip.compress(inner)

    result = prepare(folders, server)

    assert result.exit_code == 1
    assert "lines.tgz: cannot be extracted (unexpected end of data)" in result.stderr
    assert names_in(folders[0]) == ["lines.tgz"]


@pytest.mark.parametrize(
    ("url", "content"),
    [
        (LINES_URL, tgz({"a01/fine.png": b"", "../climbed.png": b"x"})),
        (TASK_URL, zipped({"trainset.txt": b"", "../climbed.png": b"x"})),
        (TASK_URL, zipped({"..\\climbed.png": b"x"})),
        (TASK_URL, zipped({"/climbed.png": b"x"})),
    ],
)
def test_member_that_climbs_out_is_refused(folders, server, url, content):
    server.files[url] = content

    result = prepare(folders, server)

    name = Path(url).name
    assert result.exit_code == 1
    assert f"{name}: cannot be extracted" in result.stderr
    assert "outside the destination" in result.stderr
    assert not list(folders[0].parent.rglob("climbed.png"))
    assert not (folders[0] / name.partition(".")[0]).exists()


def test_wrong_password_is_reported(folders, server, monkeypatch):
    monkeypatch.setenv("IAM_PWD", "guessed")

    result = prepare(folders, server)

    assert result.exit_code == 1
    assert "lines.tgz: the server answers 401 Unauthorized. Check IAM_USER and" in result.stderr
    assert "guessed" not in result.output
    assert not folders[1].exists()


@pytest.mark.parametrize("name", ["IAM_USER", "IAM_PWD"])
def test_missing_credentials_are_asked_for_before_any_request(folders, server, monkeypatch, name):
    monkeypatch.delenv(name)

    result = prepare(folders, server)

    assert result.exit_code == 1
    assert "Register at https://" in result.stderr
    assert "export IAM_USER=... IAM_PWD=..." in result.stderr
    assert server.requests == []


@pytest.mark.parametrize(
    ("status", "advice"), [(404, "give it as --base_url"), (503, "Run the command again later")]
)
def test_absent_file_is_reported(folders, server, status, advice):
    del server.files[ASCII_URL]
    server.status_of_unknown = status

    result = prepare(folders, server)

    assert result.exit_code == 1
    assert f"ascii.tgz: the server answers {status}" in result.stderr
    assert advice in result.stderr
    assert names_in(folders[0]) == ["lines", "lines.tgz"]


def test_refused_connection_is_reported(folders):
    closed = IamServer()
    closed.server_close()

    result = prepare(folders, closed)

    assert result.exit_code == 1
    assert "cannot be downloaded ([Errno" in result.stderr
    assert "onnection refused; 3 tries). Check the network and --base_url" in result.stderr


@pytest.mark.parametrize("base_url", ["iam.example", "file:///etc", "http:///iam"])
def test_base_url_that_is_no_web_address_is_refused(folders, base_url):
    result = CliRunner().invoke(prepare_iam.main, arguments(folders, base_url))

    assert result.exit_code == 1
    assert f"{base_url}{LINES_URL}: is no address of the form" in result.stderr


def test_redirection_on_the_same_host_keeps_the_credentials(folders, server):
    server.moved[LINES_URL] = f"{server.url}/new/lines.tgz"
    server.files["/new/lines.tgz"] = server.files.pop(LINES_URL)

    result = prepare(folders, server)

    assert result.exit_code == 0, result.output


def test_redirection_to_another_host_does_not_carry_the_credentials(folders, server, other_server):
    server.moved[LINES_URL] = f"{other_server.url}{LINES_URL}"

    result = prepare(folders, server)

    assert other_server.requests == [(LINES_URL, None)]
    assert "the server answers 401" in result.stderr


def test_second_run_downloads_nothing(folders, server):
    prepare(folders, server)
    n_requests = len(server.requests)
    first = {path: path.read_bytes() for path in folders[1].rglob("*.*")}

    result = prepare(folders, server)

    assert result.exit_code == 0, result.output
    assert len(server.requests) == n_requests == 3
    assert {path: path.read_bytes() for path in folders[1].rglob("*.*")} == first


def test_archives_put_there_by_hand_are_used_and_kept(folders, server, monkeypatch):
    monkeypatch.delenv("IAM_USER")
    folders[0].mkdir()
    for url, content in server.files.items():
        (folders[0] / Path(url).name).write_bytes(content)

    result = prepare(folders, server)

    assert result.exit_code == 0, result.output
    assert server.requests == []
    assert names_in(folders[0]) == sorted(
        ["ascii", "ascii.tgz", TASK, f"{TASK}.zip", "lines", "lines.tgz"]
    )


def test_damaged_archive_put_there_by_hand_is_refused_and_kept(folders, server):
    folders[0].mkdir()
    (folders[0] / "lines.tgz").write_bytes(server.files[LINES_URL][:-20])

    result = prepare(folders, server)

    assert result.exit_code == 1
    assert "lines.tgz: is not a whole archive" in result.stderr
    assert "Remove it and run the command again" in result.stderr
    assert names_in(folders[0]) == ["lines.tgz"]


def test_folders_put_there_by_hand_need_no_credentials(folders, server, monkeypatch):
    monkeypatch.delenv("IAM_USER")
    put_by_hand(folders[0])

    result = prepare(folders, server)

    assert result.exit_code == 0, result.output
    assert server.requests == []
    assert csv_labels(folders[1], "validation1") == ["|b|e|a|d|"]


def test_archive_with_its_own_top_folder_gives_the_same_layout(folders, server):
    server.files[ASCII_URL] = tgz({"ascii/lines.txt": LINES_TXT.encode()})
    (folders[0] / "ascii").mkdir(parents=True)
    (folders[0] / "ascii.extracting").mkdir()

    prepare(folders, server)

    assert names_in(folders[0] / "ascii") == ["lines.txt"]
    assert not (folders[0] / "ascii.extracting").exists()


def test_file_in_the_way_of_a_folder_is_reported(folders, server):
    folders[0].mkdir()
    (folders[0] / "lines").write_bytes(b"in the way")

    result = prepare(folders, server)

    assert result.exit_code == 1
    assert f"{folders[0] / 'lines'}: cannot be written (Not a directory)" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full")
def test_full_disk_is_reported(folders, server):
    folders[0].mkdir()
    (folders[0] / "lines.tgz.part").symlink_to("/dev/full")

    result = prepare(folders, server)

    assert result.exit_code == 1
    assert "cannot be written (No space left on device)" in result.stderr
    assert "another --download_dir" in result.stderr


def test_interrupt_ends_with_130_and_keeps_the_part(folders, server):
    second_request, released = threading.Event(), threading.Event()

    def hold_second_request(n_requests):
        if n_requests == 2:
            second_request.set()
            released.wait(60)

    server.cuts[LINES_URL] = [5000]
    server.on_request = hold_second_request
    # A test runner in the background ignores SIGINT, and its children with it.
    restore = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    start = f"{restore}; import runpy; runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    command = [sys.executable, "-c", start, *arguments(folders, server.url)]
    process = subprocess.Popen(
        command, env=script_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )

    second_request.wait(60)
    process.send_signal(signal.SIGINT)
    _, shown = process.communicate(timeout=60)
    released.set()

    assert process.returncode == 130
    assert "run the same command again to go on" in shown
    assert "Traceback" not in shown
    assert (folders[0] / "lines.tgz.part").read_bytes() == server.files[LINES_URL][:5000]
    assert not folders[1].exists()


def test_missing_image_is_listed_and_counted(folders, server):
    images = line_images()
    del images[IMAGES[1]]
    put_by_hand(folders[0], images=images)

    result = prepare(folders, server)

    absent = folders[0].resolve() / "lines" / IMAGES[1]
    missing_csv = folders[1].resolve() / "generated_csv" / "missing.csv"
    assert missing_csv.read_text("utf-8") == f"train;a01-000u-01;{absent}\n"
    assert csv_labels(folders[1], "train") == ["|B|a|d| |c|a|b|"]
    assert "train: 1 of 2 lines written, 1 without image, 0 not in lines.txt" in result.stdout
    assert f"listed in {missing_csv}" in result.stdout


def test_line_id_without_transcription_is_listed_and_counted(folders, server):
    put_by_hand(folders[0], splits={"testset.txt": "x09-009-00\nb02-001-00\n\nb02-001-00\n"})

    result = prepare(folders, server)

    missing_csv = folders[1] / "generated_csv" / "missing.csv"
    assert missing_csv.read_text("utf-8") == "test;x09-009-00;\n"
    assert "test: 1 of 2 lines written, 0 without image, 1 not in lines.txt" in result.stdout


def test_nothing_missing_leaves_an_empty_list_in_place_of_an_older_one(folders, server):
    put_by_hand(folders[0])
    missing_csv = folders[1] / "generated_csv" / "missing.csv"
    missing_csv.parent.mkdir(parents=True)
    missing_csv.write_text("train;of an older run;\n", "utf-8")

    prepare(folders, server)

    assert missing_csv.read_bytes() == b""


def test_expected_counts_give_no_warning(folders, server, monkeypatch):
    counts = {"train": 2, "test": 1, "validation1": 1, "validation2": 1}
    monkeypatch.setattr(iam, "EXPECTED_LINES", 5)
    monkeypatch.setattr(iam, "EXPECTED_SPLIT_LINES", counts)
    put_by_hand(folders[0])

    result = prepare(folders, server)

    assert result.stderr == ""


def test_rows_with_too_few_columns_are_named(folders, server):
    put_by_hand(folders[0], lines_txt=LINES_TXT + "e05-001-00 ok 1 2 3\n" * 6)

    result = prepare(folders, server)

    assert "lines.txt: 6 rows have fewer than 9 columns" in result.stderr
    assert "(row 9, 10, 11, 12, 13, ...)" in result.stderr


def test_interrupted_generation_leaves_the_earlier_results_whole(folders, monkeypatch):
    put_by_hand(folders[0])
    iam.prepare_data_set(*folders)
    before = {path: path.read_bytes() for path in folders[1].rglob("*.*")}
    put_by_hand(folders[0], splits={"trainset.txt": "a01-000u-01\n"})

    def interrupt(*_):
        raise KeyboardInterrupt("^C")

    monkeypatch.setattr(Alphabet, "save", interrupt)

    with pytest.raises(KeyboardInterrupt, match=r"\^C"):
        iam.prepare_data_set(*folders)

    assert {path: path.read_bytes() for path in folders[1].rglob("*.*")} == before
    assert names_in(folders[1]) == OUTPUT_FOLDERS


def test_foreign_files_beside_the_results_are_left_alone(folders):
    put_by_hand(folders[0])
    notes = folders[1] / "generated_csv" / "notes.txt"
    notes.parent.mkdir(parents=True)
    notes.write_text("mine", "utf-8")

    iam.prepare_data_set(*folders)

    assert notes.read_text("utf-8") == "mine"


def test_absent_split_file_is_named(folders):
    put_by_hand(folders[0])
    (folders[0] / TASK / "testset.txt").unlink()

    with pytest.raises(DataError, match=r"testset\.txt: cannot be read \(No such file"):
        iam.prepare_data_set(*folders)

    assert not folders[1].exists()


def test_data_set_without_a_training_image_is_refused(folders):
    put_by_hand(folders[0], images={"readme.txt": "elsewhere"})

    with pytest.raises(DataError, match="none of the 2 training lines has an image there"):
        iam.prepare_data_set(*folders)

    assert not folders[1].exists()


def test_generated_data_dir_that_cannot_be_made_is_reported(folders, tmp_path):
    put_by_hand(folders[0])
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(DataError, match=r"cannot be written \(Not a directory\)"):
        iam.prepare_data_set(folders[0], tmp_path / "file" / "generated")


def test_lines_txt_with_comments_only_is_refused(tmp_path):
    (tmp_path / "lines.txt").write_text("# nothing\n\n", "utf-8")

    with pytest.raises(DataError, match=r"lines\.txt: holds no line"):
        iam.read_line_table(tmp_path / "lines.txt")


def test_lines_txt_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "lines.txt").write_bytes("é".encode("latin-1"))

    with pytest.raises(DataError, match=r"lines\.txt: is not UTF-8"):
        iam.read_line_table(tmp_path / "lines.txt")
