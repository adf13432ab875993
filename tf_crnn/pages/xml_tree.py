"""XML from strangers: parsed without entities, DTDs and network; which of it are PAGE and ALTO."""

import io
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tf_crnn.errors import DataError
from tf_crnn.rejections import Rejection

try:
    from lxml import etree
except ImportError:
    etree = None  # type: ignore[assignment]  # named when a file is opened

logger = logging.getLogger(__name__)

PAGE, ALTO = "PAGE", "ALTO"
_PAGE_NAMESPACE = "/PAGE/gts/pagecontent/"
_GREATEST_BYTES = 64 * 2**20
_NAMES_SHOWN = 3


class Document(NamedTuple):
    """An XML file.

    Attributes:
        path: of the file.
        root: its outermost element.
        kind: 'PAGE', 'ALTO', or the name of the root of another XML.
    """

    path: Path
    root: Any
    kind: str


def read_document(path: Path) -> Document:
    """Parse a file; entities, DTDs and what lies behind URLs are not looked at.

    Raises:
        DataError: the file cannot be read, is not XML, declares a document type, or is larger than
            64 MiB; or lxml is not installed.
    """
    if etree is None:
        raise DataError(f'{path}: PAGE and ALTO need: pip install "tf_crnn[data]"')
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        size = path.stat().st_size
        if size > _GREATEST_BYTES:
            raise DataError(f"{path}: {size:,} bytes are too many: at most {_GREATEST_BYTES:,}.")
        with path.open("rb") as stream:
            _refuse_document_type(path, stream)
            stream.seek(0)
            root = etree.parse(stream, parser).getroot()
    except etree.XMLSyntaxError as error:
        raise DataError(
            f"{path}, line {error.lineno or 1}: is not whole XML ({error.msg})."
        ) from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}).") from error
    return Document(path, root, _kind(root))


def parse_xml(content: bytes, name: str) -> Any:
    """The root of other XML than PAGE and ALTO, parsed as safely; it may name its document type.

    Raises:
        DataError: it is not XML or declares entities, or lxml is not installed.
    """
    if etree is None:
        raise DataError(f'{name}: XML needs: pip install "tf_crnn[data]"')
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        document_type = _first_element(io.BytesIO(content)).getroottree().docinfo.internalDTD
        if document_type is not None and any(document_type.iterentities()):
            raise DataError(
                f"{name}: declares entities of its own, which could grow or read other files. They "
                "are not resolved; remove the declaration if you trust the file."
            )
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise DataError(
            f"{name}, line {error.lineno or 1}: is not whole XML ({error.msg})."
        ) from error


def find_documents(source: Path, *kinds: str) -> Iterator[Document | Rejection]:
    """The files of some kinds that a source means; a folder is looked through with its subfolders.

    Other XML of a folder, such as METS, is passed over and named once in the log.

    Args:
        source: an XML file or a folder.
        kinds: 'PAGE', 'ALTO' or both.

    Yields:
        A document for each file, or a rejection for a file of a folder that cannot be read.

    Raises:
        DataError: the file cannot be read or is of another kind, or the folder has none of it.
    """
    if source.is_dir():
        yield from _documents_below(source, kinds)
        return
    document = read_document(source)
    if document.kind not in kinds:
        hint = f": import it as {document.kind.lower()}" if document.kind in (PAGE, ALTO) else ""
        raise DataError(f"{source}: is {document.kind}, not {_either(kinds)}{hint}.")
    yield document


def xml_files(folder: Path) -> list[Path]:
    """All XML files below a folder, in the order of their names."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() == ".xml" and p.is_file())


def local_name(element: Any) -> str:
    """The name of an element without its namespace; empty for comments and the like."""
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def namespace(element: Any) -> str:
    """The namespace of an element, empty if it has none."""
    return str(etree.QName(element).namespace or "")


def new_element(like: Any, tag: str, /, **attributes: str) -> Any:
    """An element of the namespace of another one, not yet anywhere."""
    space = namespace(like)
    return etree.Element(f"{{{space}}}{tag}" if space else tag, attributes, None)


def lay_out(element: Any, space: str, depth: int) -> None:
    """Indent what is below an element that is itself `depth` levels deep."""
    etree.indent(element, space=space, level=depth)


def children(element: Any, *names: str) -> list[Any]:
    """The child elements with one of these local names, in their order."""
    return [child for child in element if local_name(child) in names]


def child(element: Any, name: str) -> Any:
    """The first child element with a local name, or None."""
    return next(iter(children(element, name)), None)


def nearest(element: Any, *attributes: str) -> str:
    """The value of the first of these attributes on the element or the closest one around it."""
    while element is not None:
        for attribute in attributes:
            if element.get(attribute):
                return str(element.get(attribute))
        element = element.getparent()
    return ""


def _documents_below(folder: Path, kinds: Sequence[str]) -> Iterator[Document | Rejection]:
    skipped: list[tuple[Path, str]] = []
    n_found = 0
    files = xml_files(folder)
    for path in files:
        try:
            document = read_document(path)
        except DataError as error:
            n_found += 1
            yield Rejection(path, 0, path.name, "unreadable XML", str(error))
            continue
        if document.kind in kinds:
            n_found += 1
            yield document
        else:
            skipped.append((path, document.kind))
    if skipped:
        logger.warning(
            "%s: passed over %s of %s XML files that are not %s: %s",
            folder, f"{len(skipped):,}", f"{len(files):,}", _either(kinds), _described(skipped),
        )  # fmt: skip
    if not n_found:
        raise DataError(f"{folder}: the folder holds no {_either(kinds)} XML.")


def _either(kinds: Sequence[str]) -> str:
    return " or ".join(kinds)


def _described(skipped: Iterable[tuple[Path, str]]) -> str:
    skipped = list(skipped)
    counts = Counter(kind for _, kind in skipped)
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in counts.most_common(_NAMES_SHOWN))
    names = ", ".join(path.name for path, _ in skipped[:_NAMES_SHOWN])
    return f"{kinds} ({names}{', ...' if len(skipped) > _NAMES_SHOWN else ''})"


def _refuse_document_type(path: Path, stream: Any) -> None:
    """Neither PAGE nor ALTO has a DTD; with one come entities that grow or read other files."""
    if _first_element(stream).getroottree().docinfo.doctype:
        raise DataError(
            f"{path}: declares a document type (<!DOCTYPE ...>), which neither PAGE nor ALTO has. "
            "Its entities are not resolved; remove the declaration if you trust the file."
        )


def _first_element(stream: Any) -> Any:
    """The root as it is met, before anything in it is read."""
    events = etree.iterparse(
        stream, events=("start",), resolve_entities=False, no_network=True, load_dtd=False
    )
    _, root = next(iter(events))
    return root


def _kind(root: Any) -> str:
    name = local_name(root)
    if name == "PcGts" and _PAGE_NAMESPACE in namespace(root):
        return PAGE
    if name == "alto":
        return ALTO
    return {"mets": "METS"}.get(name, name)
