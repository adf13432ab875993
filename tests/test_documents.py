"""`documents.csv`, and documents by a regular expression."""

from pathlib import Path

import pytest

from tf_crnn.documents import document_expression, document_of, read_documents
from tf_crnn.errors import DataError


def test_documents_are_read_by_the_path_of_the_csv(tmp_path: Path) -> None:
    text = '\ufeffpath;document\na.png;page 1\n"b;c.png";"Süd ""7"""\n'
    (tmp_path / "documents.csv").write_text(text, encoding="utf-8")

    documents = read_documents(tmp_path / "train.csv")

    assert documents == {"a.png": "page 1", "b;c.png": 'Süd "7"'}


def test_without_the_file_no_document_is_known(tmp_path: Path) -> None:
    assert read_documents(tmp_path / "train.csv") == {}


@pytest.mark.parametrize(
    "content",
    [b"", b"image;page\na.png;1\n", b"path;document\na.png\n", b"path;document\n\xff;a\n"],
)
def test_a_damaged_file_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "documents.csv").write_bytes(content)

    with pytest.raises(DataError, match=r"documents.csv: is damaged .* Correct it, or remove it"):
        read_documents(tmp_path / "train.csv")


def test_the_first_group_of_an_expression_is_the_document() -> None:
    expression = document_expression(r"page_(\d+)|writer (\w+)")

    named = [document_of(p, expression) for p in ("x/page_7_2.png", "writer A.png", "z.png")]

    assert named == ["7", "", ""]


@pytest.mark.parametrize(
    ("pattern", "reason"), [("page_(", "is no regular expression"), ("page", "has no group")]
)
def test_an_expression_that_cannot_be_used_is_explained(pattern: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        document_expression(pattern)
