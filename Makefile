# `make score` runs the main job on seeds/, `make test` the tests; both make the environment first.
# `make gate` holds the shipped models to the floors of data/gate.toml.
VENV ?= .venv
PYTHON ?= python3
RUN = $(VENV)/bin

.PHONY: install score test check gate clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	touch $@

score: install
	$(RUN)/stance score seeds --output runs/seeds

test: install
	$(RUN)/python -m pytest

check: install
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/lint-imports

gate: install
	$(RUN)/python benchmarks/gate.py

clean:
	rm -rf $(VENV) runs build dist
