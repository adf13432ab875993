# `make demo` trains and shows a first recogniser; `make test` runs all checks. PYTHON is 3.11.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READERS := .venv-readers
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo install test lint docs clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11) and "Python 3.11 or newer is needed; give it as make PYTHON=python3.11")'
	@echo "Installing into $(VENV) (a minute or two) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP_INSTALL) -e '.[data,observers,sweep]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing what tests and checks need ..."
	@$(PIP_INSTALL) -e '.[dev]'
	@touch $@

data/sample/train.csv: $(VENV)/.installed
	@$(BIN)/python hlp/generate_synthetic.py --output_dir data/sample --n_train 2000 --n_val 100 --n_test 200

demo: $(VENV)/.installed data/sample/train.csv
	@$(BIN)/python hlp/demo.py

# The file lists all that they need of what they ask for.
$(READERS)/.installed: tests/readers.txt $(VENV)/.installed
	@test -x $(READERS)/bin/python || $(BIN)/python -m venv $(READERS)
	@$(READERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r tests/readers.txt
	@touch $@

test: $(VENV)/.installed-dev $(READERS)/.installed
	@$(BIN)/python -m pytest

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

docs: $(VENV)/.installed-dev
	@$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

clean:
	rm -rf $(VENV) $(READERS) data/sample docs/_build
