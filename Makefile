# Two commands to know: make demo, make test. Everything else is a part of them or a long form.
PYTHON ?= python3
BIN := .venv/bin
TESTS ?= tests
WORKERS ?= 2
# real servers, kills and browsers on whatever machine: what fails is tried once more, and told with its traceback
AGAIN := -raR --reruns 1 --rerun-show-tracebacks
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header \
        --no-annotate --no-emit-index-url --no-emit-find-links --extra postgres --extra speed

.PHONY: demo test preview check format lock browser wheel screenshots reference torture bench figures clean

demo: .venv/run  ## send the first issue to six invented people, through files, on SQLite
	@$(BIN)/newsletter subscribers import subscribers/demo.csv --list demo --consent express \
	    --source "Liste de démonstration" --wording "Personnes inventées pour la démonstration" --no-input
	@$(BIN)/newsletter send 2014-premiere-infolettre --list demo --no-input \
	    --confirm 2014-premiere-infolettre --expect 5

test: check browser wheel  ## every check and every test; provisions what it needs
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(AGAIN) $(TESTS)

preview: .venv/run  ## see the newest issue in the browser
	$(BIN)/newsletter preview

check: .venv/dev  ## format, lint, types, imports: under a minute
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

wheel: .venv/dev  ## the wheel works in a bare environment
	rm -rf build/wheel && $(BIN)/python -m build --wheel --no-isolation --outdir build/wheel . > build.log 2>&1 || { cat build.log; exit 1; }
	@rm -f build.log

browser:  ## Chromium for the browser tests: from Debian when missing, as root
	@command -v chromium > /dev/null || command -v google-chrome > /dev/null || \
	  { test "$$(id -u)" = 0 && command -v apt-get > /dev/null && apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium > /dev/null; } || \
	  printf '\n*** No Chromium: the browser tests will not run. As root: apt-get install chromium ***\n\n'

screenshots: .venv/dev browser  ## the pictures of the documentation
	$(BIN)/python scripts/screenshots.py
	$(BIN)/python scripts/studio_screenshots.py

reference: .venv/dev  ## the reference pages of the documentation, from the program itself
	$(BIN)/python scripts/reference.py

torture: .venv/dev browser  ## the long fault tests: kills, freezes, full disks
	HYPOTHESIS_PROFILE=torture $(BIN)/python -m pytest -m torture -o addopts="--strict-markers --strict-config -ra" $(TESTS)

bench: .venv/dev  ## the measured claims, peers side by side
	$(BIN)/python -m benchmarks

figures: .venv/dev  ## the same, written into the pages about performance: on a machine that does nothing else
	$(BIN)/python -m benchmarks --into docs/en/reference/performance.md --into docs/fr/reference/performance.md

lock: pyproject.toml  ## hashed requirements, made from pyproject.toml (needs uv)
	$(LOCK) --group build --output-file requirements.lock
	$(LOCK) --group dev --output-file requirements-dev.lock

clean:
	rm -rf .venv build dist var/outbox

.venv/run: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -e .venv/dev || $(PIP) install --require-hashes -r requirements.lock
	test -e .venv/dev || $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ .venv/run
