# Two commands do everything from an empty clone: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
OUT ?= maps/demo
SECONDS ?= 60
TRIES ?= 200
BIN := $(VENV)/bin
ASSETS := chargegeo/maps/assets

.PHONY: demo gallery test check assets docs bench kill fuzz wheel clean

demo: $(VENV)/.installed assets
	$(BIN)/chargegeo demo --out $(OUT)

gallery: $(VENV)/.installed-test assets
	$(BIN)/python tests/get_tools.py
	PYTHONPATH=. $(BIN)/python maps/gallery.py

test: $(VENV)/.installed-test assets
	$(BIN)/python tests/get_tools.py
	$(BIN)/python -m pytest

check: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-test assets
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python benchmarks/run.py

kill: $(VENV)/.installed
	$(BIN)/python benchmarks/kill.py --tries $(TRIES)

fuzz: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[fuzz]'
	$(BIN)/python benchmarks/fuzz.py --seconds $(SECONDS)

docs: $(VENV)/.installed
	$(BIN)/python -c "from chargegeo import schema; print(schema.documentation(), end='')" > data/tables.md

wheel: $(VENV)/.installed assets
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

assets: $(ASSETS)/vendor/.made

$(ASSETS)/vendor/.made: $(ASSETS)/package-lock.json $(VENV)/.installed
	cd $(ASSETS) && npm ci --ignore-scripts --no-audit --no-fund --silent
	$(BIN)/python -m chargegeo.maps.assets
	touch $@

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV) || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); } || { echo "make: no virtual environment: install the package python3-venv (Python 3.11 to 3.13)" >&2; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

clean:
	rm -rf $(VENV) $(ASSETS)/node_modules $(ASSETS)/vendor maps/demo maps/gallery dist
