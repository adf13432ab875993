"""The page and the JSON of a comparison."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image
from support.evaluated_runs import Line, evaluated_run, read_as

from tf_crnn.comparison.compare import compare_runs
from tf_crnn.comparison.page import write_json, write_page
from tf_crnn.comparison.result import Comparison
from tf_crnn.differences import align

HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>&amp;\u2028"


class Tags(HTMLParser):
    """All start tags of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def comparison(tmp_path: Path) -> Comparison:
    """Two runs on three lines, one of them with a picture."""
    Image.new("L", (200, 50), 128).save(tmp_path / "1.png")
    truths = ["abc def", "xyz", "right"]
    first = read_as(truths, ["abd def", "xyz", "right"], folder=str(tmp_path))
    second = read_as(truths, ["abc de", "xxyz", "right"], folder=str(tmp_path))
    return compare_runs(
        [
            evaluated_run(
                tmp_path, 1, first, config={"rate": 0.1}, metrics={"val_cer": [0.5, 0.4]}
            ),
            evaluated_run(tmp_path, 2, second, config={"rate": 0.2}, metrics={"val_cer": [0.6]}),
        ]
    )


def page_of(comparison: Comparison, folder: Path) -> str:
    write_page(comparison, folder / "new" / "compare.html")
    return (folder / "new" / "compare.html").read_text(encoding="utf-8")


def data_of(page: str, name: str) -> dict:
    found = re.search(
        f'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL
    )
    assert found
    return json.loads(found.group(1))


def test_the_page_loads_nothing_and_says_so_to_the_browser(
    comparison: Comparison, tmp_path: Path
) -> None:
    page = page_of(comparison, tmp_path)

    tags = Tags(page).found
    policy = _policy(page)
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert [a for _, a in tags if "src" in a or (a.get("href") or "#")[0] != "#"] == []
    assert [t for t, _ in tags if t in ("link", "iframe", "object", "base")] == []
    assert [a for _, a in tags if any(name.startswith("on") or name == "style" for name in a)] == []


def test_the_policy_names_the_very_style_and_script_of_the_page(
    comparison: Comparison, tmp_path: Path
) -> None:
    page = page_of(comparison, tmp_path)

    policy = _policy(page)
    for pattern in (r"<style>(.*?)</style>", r"<script>(.*?)</script>"):
        [content] = re.findall(pattern, page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_the_page_holds_lines_with_their_differences(
    comparison: Comparison, tmp_path: Path
) -> None:
    data = data_of(page_of(comparison, tmp_path), "data")

    assert data["runs"] == ["run 1", "run 2"]
    assert data["lines"] == [
        [
            ["val.csv", 1, "0.png", ""],
            "abc def",
            [1, 1],
            [[[0], ["ab", ["c", "d"], " def"]], [[1], ["abc de", ["f", ""]]]],
        ],
        [
            ["val.csv", 2, "1.png", ""],
            "xyz",
            [0, 1],
            [[[0], ["xyz"]], [[1], _shown("xyz", "xxyz")]],
        ],
    ]
    assert data["metrics"][0]["percent"] is True
    assert data["metrics"][0]["curves"] == [
        [0, [1, 2], [1.0, 2.0], [0.5, 0.4]],
        [1, [1], [1.0], [0.6]],
    ]


def _policy(page: str) -> str:
    tags = Tags(page).found
    return next(a["content"] for t, a in tags if t == "meta" and "http-equiv" in a) or ""


def _shown(truth: str, reading: str) -> list:
    return [s.truth if s.is_equal else list(s) for s in align(truth, reading)]


def test_runs_with_the_same_reading_share_it(tmp_path: Path) -> None:
    runs = [
        evaluated_run(tmp_path, n, [Line("1.png", "abc", reading)])
        for n, reading in enumerate(("ab", "abc", "ab"), start=1)
    ]

    [line] = data_of(page_of(compare_runs(runs), tmp_path), "data")["lines"]

    assert line[3] == [[[0, 2], ["ab", ["c", ""]]], [[1], ["abc"]]]


def test_pictures_are_in_the_page_and_missing_ones_are_counted(
    comparison: Comparison, tmp_path: Path
) -> None:
    page = page_of(comparison, tmp_path)

    pictures = data_of(page, "pictures")
    assert list(pictures) == ["1"]
    assert pictures["1"].startswith("data:image/webp;base64,")
    assert "image file is not where the run found it: 1." in page


def test_texts_of_strangers_stay_texts(tmp_path: Path) -> None:
    lines = [Line(f"{HOSTILE}.png", f"{HOSTILE}a", HOSTILE, csv=HOSTILE, document=HOSTILE)]
    right = [line._replace(reading=line.truth) for line in lines]
    runs = [
        evaluated_run(
            tmp_path,
            n,
            of_run,
            config={HOSTILE: HOSTILE + str(n)},
            metrics={HOSTILE: [1.0, 2.0]},
            status=HOSTILE,
            meta={"comment": HOSTILE},
        )
        for n, of_run in ((1, lines), (2, right))
    ]
    harmless = Tags(page_of(compare_runs(runs), tmp_path)).found

    page = page_of(compare_runs(runs), tmp_path)

    assert [attributes for tag, attributes in harmless if tag == "img"] == []
    assert [tag for tag, _ in harmless].count("script") == 3
    assert "onerror=alert(1)>" not in page
    assert data_of(page, "data")["lines"][0][1] == f"{HOSTILE}a"
    assert data_of(page, "data")["metrics"][0]["name"] == HOSTILE


def test_half_of_a_surrogate_pair_is_written_all_the_same(tmp_path: Path) -> None:
    lines = [Line("1.png", "abc", "ab")]
    runs = [evaluated_run(tmp_path, n, lines, config={"name": f"\ud800{n}"}) for n in (1, 2)]

    comparison = compare_runs(runs)

    assert "\\ud800" in page_of(comparison, tmp_path)
    write_json(comparison, tmp_path / "compare.json")
    written = json.loads((tmp_path / "compare.json").read_text(encoding="utf-8"))
    assert written["parameters"][0]["values"] == ["\ud8001", "\ud8002"]


def test_runs_without_curves_or_differences_have_a_page(tmp_path: Path) -> None:
    lines = read_as(["abc"], ["abc"])
    runs = [evaluated_run(tmp_path, n, lines) for n in (1, 2)]

    page = page_of(compare_runs(runs), tmp_path)

    assert "All parameters are the same." in page
    assert 'id="chart"' not in page
    assert "Read right by all: 1." in page


def test_the_json_is_the_comparison(comparison: Comparison, tmp_path: Path) -> None:
    write_json(comparison, tmp_path / "new" / "compare.json")

    written = json.loads((tmp_path / "new" / "compare.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(comparison.to_dict()))
    assert written["runs"][0]["rates"]["cer"]["value"] == pytest.approx(1 / 15)
