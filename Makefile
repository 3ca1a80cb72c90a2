# Everything a newcomer types. `make` alone says what there is.

STUDY ?=
ALLOW_ORIGIN ?=
PORT ?= 6006
PROFILE ?= $(if $(filter-out relevance metapictures atlas,$(STUDY)),paintings,demo)
SET ?=
PYTHON ?= $(firstword $(foreach python,python3 python3.13 python3.12 python3.11,\
	$(shell $(python) -c 'import sys; sys.version_info[:2] in ((3, 11), (3, 12), (3, 13)) and print("$(python)")' 2>/dev/null)))

BIN := .venv/bin
export PROFILE SET STUDY  # through the environment, so that quotes stay as they were typed
export TF_CPP_MIN_LOG_LEVEL ?= 3

help: ## say what there is
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

run: .venv/installed ## set up, then run the four notebooks; PROFILE=demo|paintings|paper, SET="name=value ...", STUDY=name
	@$(BIN)/python -m image_machines run --profile "$$PROFILE" --set "$$SET" --study "$$STUDY"

serve: .venv/installed ## the API and the page, on a finished run; PROFILE=... PORT=... ALLOW_ORIGIN=null
	@$(BIN)/python -m image_machines serve --profile "$$PROFILE" --port "$(PORT)" --allow-origin "$(ALLOW_ORIGIN)"

test: .venv/tools ## set up, then pass the tests; TESTS="-m 'not slow'" for a part
	$(BIN)/python -m pytest $(TESTS)

bench: .venv/tools ## measure the speed; writes bench/results.json
	$(BIN)/python -m bench

report: .venv/installed ## write the tables of README and of the results from what was measured
	@$(BIN)/python -m studies.report

page: interface/node_modules ## put interface.html together out of interface/ (needs npm)
	npm --prefix interface run --silent build

interface/node_modules: interface/package.json
	npm --prefix interface install --silent && touch $@

lint: .venv/tools ## style, types, the one-way flow of imports, notebooks without outputs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/nbstripout --keep-id --verify *.ipynb studies/*/*.ipynb

.venv/installed: requirements.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; none was found. Set PYTHON=/path/to/python."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --requirement requirements.txt
	@touch $@

.venv/tools: .venv/installed pyproject.toml
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

.PHONY: help run serve test bench report page lint
