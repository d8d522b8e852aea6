# `make score` runs the main job on seeds/, `make test` the tests; both make the environment first.
VENV ?= .venv
PYTHON ?= python3
RUN = $(VENV)/bin

.PHONY: install score test check clean

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

clean:
	rm -rf $(VENV) runs build dist
