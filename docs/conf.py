"""Sphinx configuration; tables of parameters are written anew from the code at each build."""

import dataclasses
import inspect
import json
import os
import sys
import types
import typing
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from tf_crnn import __version__  # noqa: E402 - found through the line above
from tf_crnn.augmentation import AUGMENTATIONS  # noqa: E402
from tf_crnn.config import Params  # noqa: E402

project = "tf_crnn"
author = "The tf_crnn developers"
copyright = "The tf_crnn developers, Apache License 2.0"  # noqa: A001 - Sphinx asks for this name
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3

# A name in backticks, as the docstrings have it.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "alabaster"
html_title = "tf_crnn"
html_static_path = ["_static"]
html_show_sphinx = False
html_theme_options = {
    "description": "Text-line recognition",
    "page_width": "1140px",
    "sidebar_width": "230px",
    "fixed_sidebar": True,
    "show_powered_by": False,
    "font_family": "Georgia, 'DejaVu Serif', serif",
}
html_sidebars = {"**": ["about.html", "searchfield.html", "navigation.html"]}
html_show_sourcelink = False

PARAMETERS_PAGE = DOCS / "reference" / "parameters.md"
AUGMENTATIONS_TABLE = DOCS / "reference" / "augmentations.inc"
INTRODUCTION = """\
# Parameters

Every key of `config.json`, with the value that it has if the file does not name it, as JSON. This
page is made from the fields of `tf_crnn.config.Params`.

"""
TYPE_NAMES = {int: "integer", float: "number", str: "string", bool: "true or false"}


def write_tables(_app):
    """Write what is made from the code, unless it is up to date: a new time stamp builds anew."""
    for path, text in (
        (PARAMETERS_PAGE, parameters_page()),
        (AUGMENTATIONS_TABLE, augmentations_table()),
    ):
        path.parent.mkdir(exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def parameters_page():
    """The page in MyST Markdown: a table with one row for each field."""
    hints, defaults = typing.get_type_hints(Params), Params.defaults()
    rows = [("key", "default", "type", "meaning")]
    for field in dataclasses.fields(Params):
        default, meaning = json_value(defaults[field.name]), field.metadata["meaning"]
        rows.append((f"`{field.name}`", f"`{default}`", type_name(hints[field.name]), meaning))
    return INTRODUCTION + list_table(rows, "26 20 16 38")


def augmentations_table():
    """A table in MyST Markdown with one row for each augmentation."""
    defaults = Params.defaults()
    meanings = {field.name: field.metadata["meaning"] for field in dataclasses.fields(Params)}
    rows = [("name", "strength, and share of the lines", "default", "meaning")]
    for name, entry in AUGMENTATIONS.items():
        keys = [key for key in (entry.key, entry.probability_key) if key]
        meaning = meanings[entry.key].removeprefix("strength from 0 to 1: ")
        given = " ".join(f"`{json_value(defaults[key])}`" for key in keys)
        rows.append((f"`{name}`", " ".join(f"`{key}`" for key in keys), given, meaning))
    return list_table(rows, "12 42 10 36")


def list_table(rows, widths):
    """Rows, the first of which is the head, as a directive."""
    lines = ["```{list-table}", ":header-rows: 1", f":widths: {widths}", ":class: parameters", ""]
    for row in rows:
        lines += [f"{'* -' if n == 0 else '  -'} {cell}" for n, cell in enumerate(row)]
    return "\n".join([*lines, "```", ""])


def json_value(value):
    """A value as JSON in which the cell of a table breaks between lists, not inside them."""
    if isinstance(value, list) and value and isinstance(value[0], list):
        return f"[{', '.join(json.dumps(entry, separators=(',', ':')) for entry in value)}]"
    return json.dumps(value, ensure_ascii=False)


def type_name(hint):
    """A type hint in the words of JSON."""
    if hint in TYPE_NAMES:
        return TYPE_NAMES[hint]
    entries = typing.get_args(hint)
    if typing.get_origin(hint) is types.UnionType:
        return " or ".join(type_name(entry) for entry in entries if entry is not type(None))
    if entries[-1] is Ellipsis:
        return f"list of {plural(type_name(entries[0]))}"
    return f"[{', '.join(type_name(entry) for entry in entries)}]"


def plural(name):
    """`integers` for `integer`; other names stay."""
    return f"{name}s" if name.isalpha() else name


def signature_of_init(_app, what, _name, obj, _options, signature, returns):
    """The arguments of `__init__`, where Keras shows those of its own `__new__`."""
    if what == "class" and signature == "(*args, **kwargs)":
        given = inspect.signature(obj.__init__)
        names = [p.replace(annotation=p.empty) for p in given.parameters.values()][1:]
        signature = str(inspect.Signature(names))
    return signature, returns


def setup(app):
    """Write the tables before Sphinx looks for pages."""
    app.connect("autodoc-process-signature", signature_of_init)
    app.connect("builder-inited", write_tables)
    app.add_css_file("tables.css")
