"""README and docs: their commands, JSON, Python, tables and messages fit the code."""

import ast
import importlib.util
import json
import re
import runpy
import shlex
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import click
import pytest

from tf_crnn.augmentation import AUGMENTATIONS
from tf_crnn.cli import main as tf_crnn_command
from tf_crnn.config import Params
from tf_crnn.importers import IMPORTERS
from tf_crnn.presets import PRESETS
from tf_crnn.samples import read_rows
from tf_crnn.text import split_units
from tf_crnn.text_rules import TextRules
from tf_crnn.tracking.summary import FIELDS
from tf_crnn.tracking.where import parse_condition
from tf_crnn.writers import WRITERS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
END_OF_COMMAND = {"|", "&&", "||", ";", ">", ">>", "<", "&"}


class Block(NamedTuple):
    """A fenced block of a page."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


class Command(NamedTuple):
    """A command of a console block, in words."""

    place: str
    words: list[str]

    def __str__(self) -> str:
        return f"{self.place} {shlex.join(self.words)}"


def find_blocks() -> Iterator[Block]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield Block(page.relative_to(ROOT).as_posix(), line, match[2], match[3])


BLOCKS = list(find_blocks())


def blocks_in(*languages: str) -> list[Block]:
    return [block for block in BLOCKS if block.language in languages]


def find_commands() -> Iterator[Command]:
    for block in blocks_in("console", "bash", "sh", "shell"):
        for line in block.text.replace("\\\n", " ").splitlines():
            prompt, _, rest = line.strip().partition("$ ")
            if block.language == "console" and prompt:
                continue
            for words in split_commands(rest if block.language == "console" else line):
                yield Command(str(block), words)


def split_commands(line: str) -> Iterator[list[str]]:
    """The commands of a shell line, parted at pipes and the like; comments and `NAME=x` dropped."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for token in [*lexer, ";"]:
        if token not in END_OF_COMMAND:
            words.append(token.removeprefix(".venv/bin/"))
        elif words:
            yield words
            words = []


COMMANDS = list(find_commands())


def commands_of(*program: str) -> list[Command]:
    return [c for c in COMMANDS if tuple(c.words[: len(program)]) == program]


SCRIPTS = [
    c for c in COMMANDS if c.words[0].startswith("python") and c.words[1:2] and c.words[1] != "-m"
]


def load_script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"documented_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        # Sacred imports pkg_resources, which some versions of setuptools warn of.
        warnings.simplefilter("ignore")
        spec.loader.exec_module(module)
    return module


def parse(command: click.Command, arguments: list[str]) -> dict[str, Any]:
    """The values that click reads; a click error for what it does not know."""
    if isinstance(command, click.Group):
        subcommand = command.get_command(click.Context(command), arguments[0])
        assert subcommand, f"{command.name}: no command {arguments[0]}"
        return parse(subcommand, arguments[1:])
    return command.make_context(command.name, arguments).params


@pytest.fixture(scope="module")
def training() -> ModuleType:
    return load_script(ROOT / "training.py")


@pytest.fixture(scope="module")
def sphinx_config() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "conf.py"))


@pytest.fixture(scope="module")
def messages() -> str:
    """All string literals of the code, with … for what is filled in."""
    files = [*ROOT.glob("tf_crnn/**/*.py"), *ROOT.glob("hlp/*.py"), ROOT / "training.py"]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    literals = [literal(node) for tree in trees for node in ast.walk(tree)]
    return "\n".join([*literals, (ROOT / "Makefile").read_text(encoding="utf-8")])


def literal(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(literal(value) for value in node.values)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.replace("%s", "…")
    return "…" if isinstance(node, ast.FormattedValue) else ""


def test_pages_hold_blocks_of_every_kind_that_is_checked() -> None:
    assert all(blocks_in(language) for language in ("json", "python", "console"))
    assert all(commands_of(*program) for program in (("tf-crnn",), ("make",), ("python",)))


@pytest.mark.parametrize("block", blocks_in("json"), ids=str)
def test_json_parses_and_a_configuration_is_accepted(block: Block) -> None:
    values = json.loads(block.text)

    if set(values) & set(Params.defaults()):
        sample = json.loads((ROOT / "config.json").read_text(encoding="utf-8"))
        Params(**values)
        Params(**{**sample, **values})


@pytest.mark.parametrize("block", blocks_in("python"), ids=str)
def test_python_compiles_and_imports_names_that_exist(block: Block) -> None:
    tree = ast.parse(block.text, str(block))

    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tf_crnn"):
            source = ROOT.joinpath(*str(node.module).split("."))
            source = source / "__init__.py" if source.is_dir() else source.with_suffix(".py")
            defined = {
                n.name for n in ast.walk(ast.parse(source.read_text())) if hasattr(n, "name")
            }
            assert {alias.name for alias in node.names} <= defined


@pytest.mark.parametrize("command", commands_of("tf-crnn"), ids=str)
def test_tf_crnn_commands_have_only_options_that_exist(command: Command) -> None:
    assert parse(tf_crnn_command, command.words[1:])


@pytest.mark.parametrize("command", commands_of("tf-crnn", "runs", "list"), ids=str)
def test_conditions_on_runs_can_be_read(command: Command) -> None:
    for condition in parse(tf_crnn_command, command.words[1:])["where"]:
        _, name, _, operand = parse_condition(condition)
        assert name in {*Params.defaults(), *FIELDS} and operand


@pytest.mark.parametrize("command", SCRIPTS, ids=str)
def test_scripts_exist_and_have_only_options_that_exist(
    command: Command, training: ModuleType
) -> None:
    path = ROOT / command.words[1]

    assert path.is_file()
    if path.name == "training.py":
        from tf_crnn.experiment import as_python

        arguments = [as_python(word) for word in command.words[2:]]
        check_sacred(training.ex, path.name, arguments)
    else:
        assert parse(load_script(path).main, command.words[2:])


def check_sacred(experiment: Any, program: str, arguments: list[str]) -> None:
    """Have Sacred parse a command line, and Params the values in it."""
    from docopt import docopt
    from sacred.arg_parser import get_config_updates

    _, _, usage = experiment.get_usage(program)
    options = docopt(usage, arguments, default_help=False)
    updates, parts = get_config_updates(options["UPDATE"])

    # docopt would put a misspelt option right.
    assert {word for word in arguments if word.startswith("-")} <= set(re.split(r"[\s=]", usage))
    assert options["COMMAND"] in (None, *experiment.commands)
    assert all(part in PRESETS or part.endswith(".json") for part in parts)
    Params(**updates)


@pytest.mark.parametrize("command", commands_of("make"), ids=str)
def test_make_targets_exist(command: Command) -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    assert {word for word in command.words[1:] if "=" not in word} <= set(targets)


def test_the_table_of_parameters_has_every_field_with_its_default(
    sphinx_config: dict[str, Any],
) -> None:
    _, *rows = sphinx_config["parameters_page"]().split("\n* - ")[1:]

    cells = [[cell.strip("`") for cell in row.split("\n  - ")] for row in rows]

    assert {key: json.loads(default) for key, default, *_ in cells} == Params.defaults()
    assert all(len(row) == 4 and all(row) for row in cells)


def test_the_table_of_augmentations_has_every_one_with_its_keys_and_defaults(
    sphinx_config: dict[str, Any],
) -> None:
    _, *rows = sphinx_config["augmentations_table"]().split("\n* - ")[1:]

    cells = [row.split("\n  - ") for row in rows]
    named = [
        re.findall("`([^`]+)`", name) + re.findall("`([^`]+)`", keys) for name, keys, *_ in cells
    ]
    assert named == [
        [name, *(key for key in (entry.key, entry.probability_key) if key)]
        for name, entry in AUGMENTATIONS.items()
    ]
    for _, keys, defaults, meaning in cells:
        values = [Params.defaults()[key] for key in re.findall("`([^`]+)`", keys)]
        assert [json.loads(value) for value in re.findall("`([^`]+)`", defaults)] == values
        assert meaning


def test_types_of_parameters_are_named_as_in_json(sphinx_config: dict[str, Any]) -> None:
    named = [
        sphinx_config["type_name"](hint)
        for hint in (tuple[int, int], tuple[float, ...], tuple[tuple[int, int], ...], bool)
    ]
    optional = sphinx_config["type_name"](str | tuple[str, ...] | None)

    assert named == ["[integer, integer]", "list of numbers", "list of [integer, integer]",
                     "true or false"]  # fmt: skip
    assert optional == "string or list of strings"


def test_rows_of_csvs_are_read_as_the_data_page_says(tmp_path: Path) -> None:
    table = (DOCS / "data.md").read_text(encoding="utf-8").split(":class: csv-rows")[1]
    examples = [re.findall("`([^`]+)`", row) for row in table.split("```")[0].split("* - ")[2:]]
    csv_path = tmp_path / "rows.csv"
    csv_path.write_text("".join(f"{row}\n" for row, *_ in examples), encoding="utf-8")

    read = [[row.image_path, *split_units(str(row.label))] for row in read_rows(csv_path)]

    assert read == [cells for _, *cells in examples]
    assert len(examples) > 10


def rows_of_text_rules() -> list[tuple[str, list[str], str]]:
    """Key, values and example of each row; a row without a key has that of the row above."""
    table = (DOCS / "data.md").read_text(encoding="utf-8").split(":class: text-rules")[1]
    rows, key = [], ""
    for row in table.split("```")[0].split("\n* -")[2:]:
        cells = [" ".join(cell.split()) for cell in f" {row}".split("\n  - ")]
        key = cells[0].strip(" `") or key
        rows.append((key, re.findall("`(.+?)`", cells[1]), cells[3]))
    return rows


@pytest.mark.parametrize(("key", "values", "example"), rows_of_text_rules())
def test_text_rules_do_what_the_data_page_says(key: str, values: list[str], example: str) -> None:
    for value in values:
        rules = TextRules(**{key: json.loads(value) if value.startswith("[") else value})
        pairs = re.findall("`([^`]+)` becomes `([^`]+)`", example)
        assert all(rules.clean(old) == new for old, new in pairs)
        if key == "text_units":
            label, *units = re.findall("`([^`]+)`", example)
            assert rules.units(label) == units
        elif key == "bidi_reordering":
            label, image = re.findall("`([^`]+)`", example)
            assert "".join(rules.visual(list(label))) == image
        else:
            assert pairs or rules.clean("e\u0301") == example[-2]


def test_messages_of_the_troubleshooting_page_are_in_the_code(messages: str) -> None:
    page = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    headings = re.findall(r"^### `(.+)`$", page, re.MULTILINE)

    unknown = [heading for heading in headings if heading.strip("…") not in messages]

    assert unknown == []
    assert len(headings) > 20


def test_reasons_of_the_data_page_are_in_the_code(messages: str) -> None:
    table = (DOCS / "data.md").read_text(encoding="utf-8").split("* - reason")[1].split("```\n")[0]
    reasons = re.findall("``(.+?)``", table)

    unknown = [r for r in reasons if r.replace("';'", "…").strip("… )") not in messages]

    assert unknown == []
    assert len(reasons) > 10


def test_the_import_page_names_every_format() -> None:
    table = (
        (DOCS / "import.md").read_text(encoding="utf-8").split("## Formats")[1].split("\n```")[1]
    )

    assert sorted(
        re.findall(r"`(\w+)`", "".join(re.findall(r"^\* - (.*)$", table, re.M)))
    ) == sorted(IMPORTERS)


def test_the_export_page_lists_every_format_and_its_options() -> None:
    page = (DOCS / "export.md").read_text(encoding="utf-8")
    table = page.split(":class: export-formats")[1].split("```\n")[0]
    rows = {row.split("`")[1]: row for row in table.split("\n* - ")[2:]}

    assert sorted(rows) == sorted(WRITERS)
    assert [
        (name, option.name)
        for name, writer in WRITERS.items()
        for option in writer.options
        if f"`--{option.name}" not in rows[name]
    ] == []


def test_the_design_page_names_every_module() -> None:
    table = (DOCS / "design.md").read_text(encoding="utf-8").split("## From image")[0]
    named = set(re.findall("`([a-z0-9_.]+)`", table))
    files = [path for path in ROOT.glob("tf_crnn/**/*.py") if path.name != "__init__.py"]
    modules = [".".join(p.relative_to(ROOT / "tf_crnn").with_suffix("").parts) for p in files]

    assert [module for module in modules if module not in named] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    generated = {"reference/parameters.md"}
    targets = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))

    broken = [t for t in targets if t not in generated and not (page.parent / t).exists()]

    assert broken == []


@pytest.mark.slow
def test_the_pages_build_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
    folders = ["-d", str(tmp_path / "doctrees"), str(DOCS), str(tmp_path / "html")]

    result = subprocess.run([*command, *folders], cwd=ROOT, capture_output=True, text=True)

    assert result.returncode == 0, result.stderr
    page = (tmp_path / "html" / "reference" / "parameters.html").read_text(encoding="utf-8")
    assert all(key in page for key in Params.defaults())
