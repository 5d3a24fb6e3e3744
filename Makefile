# Everything a newcomer needs: `make demo` and `make test` set up the virtual environment by themselves.
#   make test PYTHON=python3.13 DJANGO=6.1 VENV=.venv-3.13
PYTHON ?= python3
VENV   ?= .venv
DJANGO ?=
PORT   ?= 8000
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
ifneq ($(DJANGO),)
  DJANGO_PIN := 'django~=$(DJANGO).0'
endif
export PORT

.PHONY: demo traffic test lint types unit browser test-django findings-report wagtail bench screenshots clean

demo: $(VENV)/.demo
	$(BIN)/python demo/manage.py start

traffic: $(VENV)/.demo
	$(BIN)/python demo/manage.py traffic

test: lint types unit browser

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.dev
	$(BIN)/mypy

unit: $(VENV)/.dev
	$(BIN)/pytest -m "not browser"

browser: $(VENV)/.dev
	sh tests/browser/chromium
	$(BIN)/pytest -m browser

# Django's own tests, from its source distribution, while every statement is recorded; not part of `make test`.
test-django: $(VENV)/.dev
	$(BIN)/python -m tests.django_suite

# Precision and recall of the rules on every database that runs here; kept in docs/findings.md.
findings-report: $(VENV)/.dev
	$(BIN)/python -m tests.corpus --write

# In an environment of its own and not part of `make test`: half a minute of fetching, another of migrating.
wagtail:
	$(MAKE) --no-print-directory $(VENV)-wagtail/.wagtail VENV=$(VENV)-wagtail
	$(VENV)-wagtail/bin/pytest tests/wagtail --ds=tests.wagtail.site.settings

bench: $(VENV)/.bench
	$(BIN)/python -m tests.benchmarks

screenshots: $(VENV)/.dev
	sh tests/browser/chromium
	$(BIN)/python -m tests.browser.screenshots

# The stamps say what an environment holds; a changed pyproject.toml installs again.
$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "No '$(PYTHON)' found. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11. Name a newer one: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade 'pip>=25.1'

$(VENV)/.demo: pyproject.toml | $(VENV)/bin/python
	$(PIP) install -e '.[postgres]' --group demo $(DJANGO_PIN)
	touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(PIP) install -e '.[toolbar,redis,postgres]' --group dev $(DJANGO_PIN)
	if command -v mariadb_config >/dev/null || command -v mysql_config >/dev/null; then $(PIP) install mysqlclient; fi
	touch $(VENV)/.demo $@

$(VENV)/.wagtail: pyproject.toml | $(VENV)/bin/python
	$(PIP) install -e '.[postgres]' --group wagtail $(DJANGO_PIN)
	touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(PIP) install 'django-silk>=5.4' $(DJANGO_PIN)
	touch $@

clean:
	rm -rf .venv* build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .queryscope demo/*.sqlite3*
