"""Runs of `training.py -m` as Omniboard shows them, in a browser.

Each test leaves a picture of what it saw in tests/output/omniboard.
"""

import io
import os
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import gridfs
import pymongo
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from support.browser import open_browser
from support.omniboard_page import (
    ROWS,
    compare,
    drawn_curves,
    open_artifact,
    open_run,
    open_run_in_a_window,
    shown_rows,
)
from support.omniboard_server import omniboard, output_folder
from support.servers import mongo_server
from support.workplace import Workplace, make_workplace, wait_for_epoch

pytestmark = pytest.mark.slow

PATIENCE_MS = 30_000
RARE_RATE = 0.001
METRICS = ("loss", "cer", "val_loss", "val_cer", "val_wer", "val_exact_match", "learning_rate")
# The trained runs, by the folder of their model; between them come those of others, 4 to 9.
TRAINED = ("first", "second", "failed", "third", "interrupted")


class Recorded(NamedTuple):
    """What is in the database, as PyMongo reads it.

    Attributes:
        ids: of the trained runs, by the folder of their model.
    """

    database: Any
    ids: dict[str, int]

    def run(self, name: str) -> dict[str, Any]:
        return self.database.runs.find_one({"_id": self.ids[name]})

    def curves(self, name: str) -> dict[str, tuple[list[float], list[float]]]:
        metrics = self.database.metrics.find({"run_id": self.ids[name]})
        return {metric["name"]: (metric["steps"], metric["values"]) for metric in metrics}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Asked for first, so that a machine without it trains nothing."""
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with mongo_server(tmp_path_factory.mktemp("mongo")) as server:
        yield server


@pytest.fixture(scope="module")
def address(server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of Omniboard."""
    expect.set_options(timeout=PATIENCE_MS)
    with omniboard(server.database_url, tmp_path_factory.mktemp("omniboard")) as address:
        yield address


@pytest.fixture(scope="module")
def recorded(
    address: str,
    server: Any,
    tmp_path_factory: pytest.TempPathFactory,
    draw_line: Any,
    write_csv: Any,
    tiny_params: Any,
) -> Iterator[Recorded]:
    """Eleven runs: three that ended, one that failed, one interrupted, and six of others."""
    folder = tmp_path_factory.mktemp("workplace")
    place = make_workplace(folder, draw_line, write_csv, tiny_params)

    def start(name: str, *updates: str) -> subprocess.Popen[str]:
        options = ("-m", server.option, "with", "config.json", f"output_model_dir={name}")
        process = stack.enter_context(place.start(*options, *updates))
        stack.callback(process.kill)
        return process

    with pymongo.MongoClient(server.url) as client, ExitStack() as stack:
        database = client[server.database]
        first = start("first", "n_epochs=3")
        second = start("second", "n_epochs=2", f"learning_rate={RARE_RATE}")
        failed = start("failed", "learning_rate=1e38", "max_gradient_norm=0")
        check_ended([first, second], status=0)
        check_ended([failed], status=1)
        database.runs.insert_many(run_of_others(number) for number in range(4, 10))
        third = start("third", "n_epochs=2", "rnn_units=[8]")
        interrupted = start("interrupted", "n_epochs=500", "early_stopping_patience=500")
        interrupt_after_two_epochs(interrupted, place)
        check_ended([third], status=0)
        runs = database.runs.find({"config.output_model_dir": {"$in": TRAINED}})
        yield Recorded(database, {run["config"]["output_model_dir"]: run["_id"] for run in runs})


def check_ended(processes: list[subprocess.Popen[str]], *, status: int) -> None:
    for process in processes:
        output, _ = process.communicate(timeout=300)
        assert process.returncode == status, output


def interrupt_after_two_epochs(process: subprocess.Popen[str], place: Workplace) -> None:
    wait_for_epoch(process, place.folder / "interrupted", 2)
    os.kill(process.pid, signal.SIGINT)
    check_ended([process], status=130)


def run_of_others(number: int) -> dict[str, Any]:
    """A run as another experiment of Sacred would record it."""
    now = datetime.now(UTC)
    return {
        "_id": number,
        "experiment": {"name": "other", "base_dir": "", "sources": []},
        "format": "MongoObserver-0.7.0",
        "command": "main",
        "host": {"hostname": "elsewhere"},
        "start_time": now,
        "heartbeat": now,
        "stop_time": now,
        "config": {"learning_rate": 0.5},
        "meta": {},
        "status": "COMPLETED",
        "resources": [],
        "artifacts": [],
        "captured_out": "",
        "info": {},
        "result": None,
    }


@pytest.fixture
def page(browser: Browser, address: str, recorded: Recorded) -> Iterator[Page]:
    """The table of runs, as somebody sees it who has not been there before."""
    # Each page has a memory of its own, in which Omniboard keeps where somebody was.
    page = browser.new_page(viewport={"width": 1600, "height": 1300})
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    expect(page.locator(ROWS)).to_have_count(11)
    yield page
    page.close()


@pytest.fixture
def keep_picture(page: Page, request: Any) -> Callable[[], bytes]:
    """`keep_picture()`: of what the browser shows, under the name of the test."""
    folder = output_folder("omniboard")
    name = request.node.name.removeprefix("test_")
    return lambda: page.screenshot(path=folder / f"{name}.png", animations="disabled")


def test_omniboard_listens_on_loopback_only(address: str) -> None:
    port = urlsplit(address).port
    assert port is not None

    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    # Other addresses of the same machine, which a server on every interface answers.
    for other in ("127.0.0.2", "::1"):
        with pytest.raises(OSError, match=r"refused|unreachable|assign|timed out"):
            socket.create_connection((other, port), timeout=5)


def test_runs_started_at_once_get_ids_of_their_own(recorded: Recorded) -> None:
    assert {recorded.ids[name] for name in ("first", "second", "failed")} == {1, 2, 3}
    assert {recorded.ids[name] for name in ("third", "interrupted")} == {10, 11}


def test_the_newest_run_stands_first_with_its_status(
    page: Page, recorded: Recorded, keep_picture: Any
) -> None:
    rows = shown_rows(page)
    keep_picture()

    assert [row["Id"] for row in rows] == [str(number) for number in range(11, 0, -1)]
    status = {int(row["Id"]): row["Status"] for row in rows}
    assert {name: status[number] for name, number in recorded.ids.items()} == {
        "first": "COMPLETED",
        "second": "COMPLETED",
        "failed": "FAILED",
        "third": "COMPLETED",
        "interrupted": "INTERRUPTED",
    }
    assert {row["Experiment Name"] for row in rows if int(row["Id"]) in status} >= {"crnn", "other"}


def test_the_metrics_of_a_run_are_drawn(page: Page, recorded: Recorded, keep_picture: Any) -> None:
    details = open_run(page, recorded.ids["first"])

    curves = drawn_curves(details)
    keep_picture()

    expected = recorded.curves("first")
    assert set(METRICS) <= expected.keys()
    assert curves.keys() == expected.keys()
    for name, (steps, values) in expected.items():
        assert steps == [1, 2, 3]
        assert curves[name] == (steps, pytest.approx(values))


def test_the_failed_run_shows_why(page: Page, recorded: Recorded, keep_picture: Any) -> None:
    details = open_run(page, recorded.ids["failed"], "Fail Trace")

    expect(details.locator("#fail_trace")).to_contain_text(re.compile("the loss is (nan|inf)"))
    keep_picture()


def test_the_interrupted_run_shows_its_last_words_and_its_metrics(
    page: Page, recorded: Recorded, keep_picture: Any
) -> None:
    details = open_run(page, recorded.ids["interrupted"])
    curves = drawn_curves(details)
    details.locator("#sidebar").get_by_text("Captured Out", exact=True).click()

    expect(details.locator("#captured_out")).to_contain_text("Epoch 1/500")
    expect(details.locator("#captured_out")).to_contain_text("restore_model=true")
    keep_picture()
    assert curves["val_cer"] == recorded.curves("interrupted")["val_cer"]


def test_the_configs_of_two_runs_are_compared(
    page: Page, recorded: Recorded, keep_picture: Any
) -> None:
    view = compare(page, recorded.ids["first"], recorded.ids["second"])
    view.locator("#sidebar").get_by_text("Config", exact=True).click()
    changed = view.locator(".jsondiffpatch-modified")
    expect(changed.first).to_be_visible()

    found = changed.evaluate_all(
        """entries => entries.map(entry => [entry.dataset.key,
            ...[...entry.querySelectorAll('pre')].map(value => JSON.parse(value.innerText))])"""
    )
    changed.first.scroll_into_view_if_needed()
    keep_picture()

    # Which of the runs stands left is Omniboard's choice.
    assert {key: set(values) for key, *values in found} == {
        "learning_rate": {0.01, RARE_RATE},
        "n_epochs": {3, 2},
        "output_model_dir": {"first", "second"},
    }


def test_the_curves_of_two_runs_are_drawn_over_each_other(
    page: Page, recorded: Recorded, keep_picture: Any
) -> None:
    view = compare(page, recorded.ids["first"], recorded.ids["third"])

    curves = drawn_curves(view)
    keep_picture()

    expected = {
        f"{recorded.ids[name]}-{metric}": (steps, pytest.approx(values))
        for name in ("first", "third")
        for metric, (steps, values) in recorded.curves(name).items()
    }
    assert curves == expected


def test_the_sheet_of_sample_lines_is_shown_among_the_artifacts(
    page: Page, recorded: Recorded, keep_picture: Any
) -> None:
    artifacts = {artifact["name"]: artifact for artifact in recorded.run("first")["artifacts"]}
    name = next(name for name in artifacts if re.fullmatch(r"samples_epoch_\d+\.png", name))
    content = gridfs.GridFS(recorded.database).get(artifacts[name]["file_id"]).read()
    details = open_run_in_a_window(page, recorded.ids["first"], "Artifacts")

    picture = open_artifact(details, name).locator("img")

    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", Image.open(io.BytesIO(content)).width)
    keep_picture()
    answer = page.request.get(picture.evaluate("picture => picture.src"))
    assert answer.headers["content-type"] == "image/png"
    assert answer.body() == content


def test_every_picture_among_the_artifacts_can_be_shown(page: Page, recorded: Recorded) -> None:
    names = [artifact["name"] for artifact in recorded.run("first")["artifacts"]]
    expected = [name for name in names if name.endswith(".png")]
    details = open_run(page, recorded.ids["first"], "Artifacts")
    pictures = details.locator("#artifacts img")

    expect(pictures).to_have_count(len(expected))

    sources = pictures.evaluate_all(
        """async pictures => {
            await Promise.all(pictures.map(picture => picture.decode()));
            return pictures.filter(picture => picture.naturalWidth > 0).map(one => one.src);
        }"""
    )
    assert [source.rpartition("/")[2] for source in sources] == expected
    assert {"learning_curves.png", "confusions.png"} <= set(expected)


def test_the_report_is_shown_as_a_page_among_the_artifacts(
    page: Page, recorded: Recorded, keep_picture: Any
) -> None:
    details = open_run_in_a_window(page, recorded.ids["first"], "Artifacts")

    report = open_artifact(details, "report.html").frame_locator("iframe")

    expect(report.get_by_role("heading", level=1)).to_be_visible()
    expect(report.locator("body")).to_contain_text("CER")
    keep_picture()


def test_a_filter_on_the_learning_rate_finds_its_run(
    page: Page, recorded: Recorded, keep_picture: Any
) -> None:
    page.locator(".filter-name input").fill("learning rate")
    names = page.locator(".filter-name [id*='-option-']")
    expect(names.first).to_be_visible()
    # Other keys have these words in their names. The C stands for a key of the configuration.
    names.nth(names.all_inner_texts().index("C Learning Rate")).click()
    page.locator(".filter-value input").fill(str(RARE_RATE))
    page.locator(".filter-value [id*='-option-']").get_by_text(str(RARE_RATE)).first.click()
    page.locator("#add_filter").click()

    expect(page.locator(".count-text")).to_have_text("1 experiments")
    keep_picture()
    [row] = shown_rows(page)
    assert row["Id"] == str(recorded.ids["second"])
    assert f"== {RARE_RATE}" in page.locator(".tags").inner_text()


def test_the_best_value_of_a_metric_becomes_a_column_to_sort_by(
    page: Page, recorded: Recorded, keep_picture: Any
) -> None:
    page.locator("#add_remove_metric_columns").click()
    page.locator("[test-attr=add-column-btn]").click()
    page.locator("[test-attr=column-name-text-0]").fill("best_loss")
    form = page.locator(".modal-body")
    for place, text in enumerate(("val_loss", "min")):
        form.locator("[id^='react-select'][id$='-input']").nth(place).fill(text)
        form.locator("[id*='-option-']").get_by_text(text, exact=True).click()
    page.locator("[test-attr=apply-btn]").click()
    expect(page.locator(ROWS)).to_have_count(11)
    # The new column is the last one.
    page.locator(ROWS).first.hover()
    page.mouse.wheel(100_000, 0)
    expect(page.locator("[test-attr=header-best_loss]")).to_be_visible()
    shown = {int(row["Id"]): row["Best Loss"] for row in shown_rows(page)}
    keep_picture()
    sorted_by = {"select": "_id,best_loss", "sort_by": "best_loss", "order_by": "-1"}
    answer = page.request.get(f"{page.url}/api/v1/Runs", params=sorted_by).json()

    best = {
        recorded.ids[name]: min(recorded.curves(name)["val_loss"][1])
        for name in TRAINED
        if name != "failed"
    }
    assert {run_id: float(text) for run_id, text in shown.items() if text} == pytest.approx(best)
    worst_first = sorted(best, key=best.__getitem__, reverse=True)
    assert [run["_id"] for run in answer][: len(best)] == worst_first
