"""Elements put into a document so that the rest of it stays as it was."""

from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

from tf_crnn.pages.text_line import Points
from tf_crnn.pages.xml_tree import lay_out, local_name, new_element


def add(parent: Any, tag: str, text: str = "", /, **attributes: str) -> Any:
    """A new last child."""
    element = new_element(parent, tag, **attributes)
    element.text = text or None
    parent.append(element)
    return element


def remove(elements: Iterable[Any]) -> None:
    """Take elements out of the document."""
    for element in elements:
        element.getparent().remove(element)


def insert_after(parent: Any, names: Iterable[str], elements: list[Any]) -> None:
    """Put elements behind the last child of one of these names, at the beginning if none has it."""
    wanted = set(names)
    places = [index for index, child in enumerate(parent) if local_name(child) in wanted]
    place = places[-1] + 1 if places else 0
    parent[place:place] = elements


def indent_like_document(element: Any) -> None:
    """Lay out an element's children as the document is laid out, if it is at all."""
    root = element.getroottree().getroot()
    space = (root.text or "").partition("\n")[2]
    if "\n" not in (root.text or "") or space.strip():
        return
    depth = sum(1 for _ in element.iterancestors())
    tail = element.tail
    lay_out(element, space or "  ", depth)
    element.tail = tail


class FreshIds:
    """Ids that a document does not have yet."""

    def __init__(self, root: Any, attribute: str) -> None:
        """Note the ids of a document.

        Args:
            root: of the document.
            attribute: that holds ids.
        """
        self._taken = {element.get(attribute) for element in root.iter()}

    def take(self, wanted: str) -> str:
        """The wanted id, or one like it."""
        candidates = (wanted if number == 1 else f"{wanted}_{number}" for number in count(1))
        fresh = next(name for name in candidates if name not in self._taken)
        self._taken.add(fresh)
        return fresh

    def give_back(self, elements: Iterable[Any], attribute: str) -> None:
        """Ids of elements that are removed, with all below them, may be taken again."""
        for element in elements:
            self._taken -= {below.get(attribute) for below in element.iter()}


def confidence_text(confidence: float) -> str:
    """With four digits; PAGE of 2013 allows neither 0 nor 1."""
    return f"{min(max(confidence, 0.0001), 0.9999):.4f}"


def points_text(outline: Points) -> str:
    """`x,y x,y ...` in whole numbers that are not negative, no point twice behind itself."""
    whole = [f"{max(0, round(x))},{max(0, round(y))}" for x, y in outline]
    kept = [point for index, point in enumerate(whole) if index == 0 or point != whole[index - 1]]
    return " ".join(kept if len(kept) > 2 else whole)


def write_document(root: Any, path: Path) -> None:
    """Write a document in the encoding that it had, all of it or nothing."""
    tree = root.getroottree()
    unfinished = path.with_name(f".{path.name}.unfinished")
    tree.write(
        str(unfinished), encoding=tree.docinfo.encoding or "UTF-8", xml_declaration=True,
        standalone=tree.docinfo.standalone or None,
    )  # fmt: skip
    unfinished.replace(path)
