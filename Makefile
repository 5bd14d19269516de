# Firstline's commands. `make` lists them.
#
# Everything that is installed goes into .venv; each step leaves a stamp and runs again only when what it
# stands on has changed. pip and npm are the user's own: PIP_* variables, pip.conf and .npmrc are respected.

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
MODELS := models/downloads/.verified
TRAINED := models/trained/.trained
PACKAGES := bot/web/node_modules/.installed
PAGES := bot/web/dist/.built
STEP := scripts/step
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-input -c constraints.txt
NPM := PATH="$(CURDIR)/$(VENV)/node/bin:$$PATH" npm --prefix bot/web --no-fund --no-audit

# Options of the user for the commands below, as in: make run ARGS="--port 9000"
ARGS ?=

export FIRSTLINE_PYTHON
export FIRSTLINE_PYTHON310

WEB_SOURCES := $(shell find bot/web \( -name node_modules -o -name dist \) -prune -o -type f -print 2>/dev/null) $(wildcard nlu_data/shop/records/*.json)
TRAINING_SOURCES := $(shell find nlu_data bot/nlu -type f -not -name '*.pyc' 2>/dev/null)
SHELL_SCRIPTS := .ci/run docker/entrypoint $(wildcard scripts/*)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test train lint bench bench-voice web rasa coqui models constraints clean distclean

help: ## list the commands
	@echo "make run    serves everything on http://127.0.0.1:8000 with demo data"
	@echo "make test   runs the whole test suite"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(TRAINED) $(PAGES) ## set up what is missing, then serve the demo (options in ARGS)
	@$(BIN)/firstline up --demo $(ARGS)

test: $(STAMPS)/dev $(TRAINED) $(PAGES) ## set up what is missing, then run the tests (options in ARGS)
	@$(STEP) "Testing the pages' code" sh -c '$(NPM) test'
	@$(BIN)/python -m pytest $(ARGS)

train: $(STAMPS)/installed $(MODELS) ## train the default bot, changed or not
	@$(BIN)/firstline train $(ARGS)
	@touch $(TRAINED)

lint: $(STAMPS)/dev $(PACKAGES) ## check style, types, import rules, pages, shell scripts and docker/
	@$(STEP) "ruff check" $(BIN)/ruff check .
	@$(STEP) "ruff format" $(BIN)/ruff format --check .
	@$(STEP) "mypy" $(BIN)/mypy
	@$(STEP) "import rules" $(BIN)/lint-imports
	@$(STEP) "dependencies" $(BIN)/deptry bot models voice_gateway tests
	@$(STEP) "shellcheck" $(BIN)/shellcheck $(SHELL_SCRIPTS)
	@$(STEP) "hadolint" $(BIN)/hadolint docker/Dockerfile docker/Dockerfile.tts
	@$(STEP) "compose schema" $(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker/compose.yaml
	@$(STEP) "compose-lint" $(BIN)/compose-lint docker/compose.yaml
	@$(STEP) "tsc and eslint" sh -c '$(NPM) run lint'

bench: $(STAMPS)/dev $(TRAINED) $(PAGES) ## measure: prints JSON lines
	@$(BIN)/python -m tests.bench $(ARGS)

bench-voice: $(STAMPS)/dev $(TRAINED) $(PAGES) ## measure the phone line: calls, recognition, turns (half an hour)
	@$(BIN)/python -m tests.bench voice asr ears $(ARGS)

web: $(PAGES) ## build the shop, the widget and the desk into bot/web/dist

models: $(MODELS) ## fetch and verify the models that chat and phone need

rasa: ## make .venv-rasa with Rasa Open Source 3.6, the oracle of the compatibility tests (needs Python 3.10)
	@python310=$$(scripts/find-python310) && $(STEP) "Creating .venv-rasa" "$$python310" -m venv .venv-rasa
	@$(STEP) "Installing Rasa Open Source" .venv-rasa/bin/python -m pip install --disable-pip-version-check \
		--no-input -c constraints-rasa.txt rasa setuptools
	@.venv-rasa/bin/python -c 'import rasa; print("Rasa Open Source", rasa.__version__, "is in .venv-rasa")'

coqui: ## make .venv-coqui with Coqui TTS 0.28, a voice for the phone line (docs/voices.md)
	@python=$$(scripts/find-python) && $(STEP) "Creating .venv-coqui" "$$python" -m venv .venv-coqui
	@$(STEP) "Installing Coqui TTS" .venv-coqui/bin/python -m pip install --disable-pip-version-check \
		--no-input -c constraints-coqui.txt coqui-tts torch torchaudio torchcodec six
	@scripts/free-torchaudio .venv-coqui
	@.venv-coqui/bin/python -c 'import TTS.api; print("Coqui TTS", TTS.__version__, "is in .venv-coqui")'

constraints: $(STAMPS)/installed ## pin every package anew in constraints.txt (needs uv)
	@command -v uv >/dev/null || { echo "uv is needed: pip install uv" >&2; exit 1; }
	uv pip compile --universal --python-version 3.11 --all-extras --no-annotate --quiet \
		--custom-compile-command "make constraints" $(ARGS) pyproject.toml -o constraints.txt

clean: ## remove what was built, trained and cached; keeps .venv and downloaded models
	rm -rf bot/web/dist build dist .make .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		test-results models/trained
	find bot models voice_gateway tests nlu_data -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

distclean: clean ## remove .venv, .venv-rasa, .venv-coqui, node_modules and downloaded models too
	rm -rf $(VENV) .venv-rasa .venv-coqui bot/web/node_modules models/downloads

# --- the steps -------------------------------------------------------------------------------------------

$(BIN)/python:
	@python=$$(scripts/find-python) && $(STEP) "Creating $(VENV)" "$$python" -m venv $(VENV)

$(STAMPS)/installed: pyproject.toml constraints.txt | $(BIN)/python
	@$(STEP) "Installing Firstline" $(PIP) -e '.[web,piper]'
	@scripts/link-node $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: $(STAMPS)/installed
	@$(STEP) "Installing what the tests need" $(PIP) -e '.[web,piper,redaction,dev]'
	@touch $@

$(MODELS): models/manifest.toml | $(STAMPS)/installed
	@$(BIN)/firstline models fetch
	@$(BIN)/firstline models fetch --group voice
	@touch $@

$(PACKAGES): bot/web/package.json bot/web/package-lock.json | $(STAMPS)/installed
	@$(STEP) "Installing the pages' packages" sh -c '$(NPM) ci'
	@touch $@

$(PAGES): $(PACKAGES) $(WEB_SOURCES)
	@$(STEP) "Building the pages" sh -c '$(NPM) run build'
	@touch $@

$(TRAINED): $(MODELS) $(TRAINING_SOURCES) | $(STAMPS)/installed
	@$(STEP) "Training the default bot" $(BIN)/firstline train
	@touch $@
