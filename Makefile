# `make help` lists the targets. Everything runs from the environments below
# .venv/, whatever is or is not on PATH.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3.11
UV_VERSION := 0.13.9
# `uv` must use the interpreter it is given: its own downloads are not
# reachable from every network.
export UV_PYTHON_DOWNLOADS := never
# The certificates that the machine trusts, a company's own among them.
export UV_SYSTEM_CERTS := 1

# Nothing is installed from this tree: it is run as it stands, like in a Composer bucket.
export PYTHONPATH := $(CURDIR)/plugins
# The target image has Python 3.11, whatever Google's libraries think of it.
export PYTHONWARNINGS := ignore:You are using a Python version:FutureWarning

AIRFLOW := .venv/airflow
AIRFLOW_31 := .venv/airflow-3.1
EMULATORS := .venv/emulators
ZETASQL := .venv/zetasql
BENCH := .venv/bench
BENCH_CURATE := .venv/bench-curate
DOCS := .venv/docs
CHECKS := .venv/checks
FUZZ := .venv/fuzz
POWERBI := .venv/powerbi
ENGINE := .venv/powerbi-engine
ENGINE_PACKAGE := @microsoft/powerbi-modeling-mcp-linux-x64@0.5.0-beta.13
TOOLS := .venv/tools
BIN := $(AIRFLOW)/bin
UV := $(TOOLS)/bin/uv

# A stamp's name holds the checksum of its lock, so that an environment is
# synchronised when the lock's content changes, and only then.
checksum = $(firstword $(shell cksum < $(1)))
TOOLS_STAMP := $(TOOLS)/.installed-$(UV_VERSION)
AIRFLOW_STAMP := $(AIRFLOW)/.installed-$(call checksum,requirements/airflow.lock)
AIRFLOW_31_STAMP := $(AIRFLOW_31)/.installed-$(call checksum,requirements/airflow-3.1.lock)
EMULATORS_STAMP := $(EMULATORS)/.installed-$(call checksum,requirements/emulators.lock)
ZETASQL_STAMP := $(ZETASQL)/.installed-$(call checksum,requirements/zetasql.lock)
BENCH_STAMP := $(BENCH)/.installed-$(call checksum,requirements/bench.lock)
BENCH_CURATE_STAMP := $(BENCH_CURATE)/.installed-$(call checksum,requirements/bench_curate.lock)
DOCS_STAMP := $(DOCS)/.installed-$(call checksum,requirements/docs.lock)
CHECKS_STAMP := $(CHECKS)/.installed-$(call checksum,requirements/checks.lock)
FUZZ_STAMP := $(FUZZ)/.installed-$(call checksum,requirements/fuzz.lock)
POWERBI_STAMP := $(POWERBI)/.installed-$(call checksum,requirements/powerbi.lock)
POWERQUERY_STAMP := $(POWERBI)/powerquery/.installed-$(call checksum,requirements/powerquery/package-lock.json)
CONFORMANCE_STAMP := $(POWERBI)/conformance/.installed-$(call checksum,requirements/conformance/package-lock.json)
FOR_TESTS := $(ZETASQL_STAMP) $(AIRFLOW_31_STAMP) $(POWERBI_STAMP) $(POWERQUERY_STAMP) $(CONFORMANCE_STAMP)

# The date cut reproduces the provider versions of the target Composer image.
COMPILE := $(UV) pip compile --exclude-newer 2026-09-01 \
	--exclude-newer-package open-data-contract-standard=2026-09-03 \
	--python-version 3.11 --generate-hashes --custom-compile-command "make lock" --quiet

PYTEST := $(BIN)/python -m pytest
DOCS_PORT ?= 8000
FUZZ_SECONDS ?= 60
.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: install
install: $(AIRFLOW_STAMP) $(EMULATORS_STAMP) ## build .venv/airflow and .venv/emulators from the locks

$(TOOLS_STAMP):
	@command -v $(PYTHON) > /dev/null || { \
		echo "make install: $(PYTHON) is not on PATH. Install Python 3.11 (Debian: apt-get install" \
			"python3.11 python3.11-venv; macOS: brew install python@3.11)," \
			"or name it: make install PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
		echo "make install: $(PYTHON) is $$($(PYTHON) --version 2>&1), and Python 3.11 is needed" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

# $(call sync,FOLDER,LOCK,STAMP): make the environment hold exactly the lock.
define sync
	@test -x $(1)/bin/python || $(UV) venv --quiet --clear --python $(TOOLS)/bin/python $(1)
	$(UV) pip sync --quiet --require-hashes --python $(1)/bin/python $(2)
	@rm -f $(1)/.installed-*
	@touch $(3)
endef

$(AIRFLOW_STAMP): | $(TOOLS_STAMP)
	$(call sync,$(AIRFLOW),requirements/airflow.lock,$@)

$(AIRFLOW_31_STAMP): | $(TOOLS_STAMP)
	$(call sync,$(AIRFLOW_31),requirements/airflow-3.1.lock,$@)

$(EMULATORS_STAMP): | $(TOOLS_STAMP)
	$(call sync,$(EMULATORS),requirements/emulators.lock,$@)

# The SQL analyzer and the linter: built for those who ask for it. An empty question has the
# analyzer compiled, which takes half a minute, and is kept below the environment.
$(ZETASQL_STAMP): | $(TOOLS_STAMP)
	$(call sync,$(ZETASQL),requirements/zetasql.lock,$@)
	@echo "compiling the SQL analyzer, once"
	@echo '{"tables": {}, "scripts": []}' \
		| $(ZETASQL)/bin/python -I plugins/atvos/sqlcheck/zetasql_worker.py > /dev/null

# What the DAGs are measured against: dag-factory, on the Airflow of airflow.lock.
$(BENCH_STAMP): | $(TOOLS_STAMP)
	$(call sync,$(BENCH),requirements/bench.lock,$@)

# The job as its image has it, and DuckDB.
$(BENCH_CURATE_STAMP): | $(TOOLS_STAMP)
	$(call sync,$(BENCH_CURATE),requirements/bench_curate.lock,$@)

$(DOCS_STAMP): | $(TOOLS_STAMP)
	$(call sync,$(DOCS),requirements/docs.lock,$@)

$(CHECKS_STAMP): | $(TOOLS_STAMP)
	$(call sync,$(CHECKS),requirements/checks.lock,$@)

$(FUZZ_STAMP): | $(TOOLS_STAMP)
	$(call sync,$(FUZZ),requirements/fuzz.lock,$@)

# What judges the report: the rules of Power BI Desktop, and a pinned Node.js for what follows.
$(POWERBI_STAMP): | $(TOOLS_STAMP)
	$(call sync,$(POWERBI),requirements/powerbi.lock,$@)

# $(call npm,NAME,STAMP): the packages of requirements/NAME, and none of their scripts.
define npm
	@mkdir -p $(POWERBI)/$(1)
	@cp requirements/$(1)/package.json requirements/$(1)/package-lock.json $(POWERBI)/$(1)/
	@PATH="$(CURDIR)/$(POWERBI)/bin:$$PATH" npm ci --prefix $(POWERBI)/$(1) --ignore-scripts \
		--no-audit --no-fund --loglevel=error
	@rm -f $(POWERBI)/$(1)/.installed-*
	@touch $(2)
endef

# Microsoft's parser of Power Query M.
$(POWERQUERY_STAMP): | $(POWERBI_STAMP)
	$(call npm,powerquery,$@)

# Microsoft's own check of a report's files.
$(CONFORMANCE_STAMP): | $(POWERBI_STAMP)
	$(call npm,conformance,$@)

.PHONY: tools
tools: install ## find or install statsd_exporter and Prometheus (the run goes on without them)
	@$(BIN)/python -m local tools

.PHONY: lock
lock: $(TOOLS_STAMP) ## resolve requirements/*.in again into the hash-locked *.lock
	$(COMPILE) requirements/airflow.in -o requirements/airflow.lock
	$(COMPILE) requirements/emulators.in -o requirements/emulators.lock
	$(COMPILE) requirements/zetasql.in -o requirements/zetasql.lock
	$(COMPILE) requirements/bench.in -o requirements/bench.lock
	$(COMPILE) requirements/bench_curate.in -o requirements/bench_curate.lock
	$(COMPILE) requirements/docs.in -o requirements/docs.lock
	$(COMPILE) requirements/checks.in -o requirements/checks.lock
	$(COMPILE) requirements/curate.in -o requirements/curate.lock
	$(COMPILE) requirements/powerbi.in -o requirements/powerbi.lock
	$(COMPILE) requirements/fuzz.in -o requirements/fuzz.lock
	bin/atvos composer known | $(UV) pip compile --exclude-newer 2026-09-01 --python-version 3.11 \
		--no-annotate --custom-compile-command "make lock" --quiet - -o requirements/composer.lock
	$(COMPILE) requirements/airflow-3.1.in -o requirements/airflow-3.1.lock

.PHONY: up
up: tools ## start the embedded stack
	@$(BIN)/python -m local up

.PHONY: down
down: install ## stop the embedded stack
	@$(BIN)/python -m local down

.PHONY: status
status: install ## show the embedded stack's services, ports and logs
	@$(BIN)/python -m local status

.PHONY: demo
demo: tools ## land sample files and watch them become checked, fresh tables
	@$(BIN)/python -m local demo

.PHONY: drill
drill: tools ## break the platform in seven ways and see who is paged for what
	@$(BIN)/python -m local drill

.PHONY: faults
faults: tools ## break a feed in more than two hundred ways: nothing may be lost or doubled
	@$(BIN)/python -W ignore -m local.faults $(ARGS)

.PHONY: test-tools
test-tools: install ## find or install Chromium and actionlint too, which only the tests need
	@$(BIN)/python -m local tools --for-tests
	@$(BIN)/python -m tests.infra.build_opentofu

.PHONY: template-image
template-image: ## build the curate job's image as IMAGE
	@test -n "$${IMAGE:-}" || { echo "IMAGE is missing: make template-image" \
		"IMAGE=southamerica-east1-docker.pkg.dev/PROJECT/REPO/curate:TAG" >&2; exit 2; }
	@docker info > /dev/null 2>&1 || { echo "no Docker engine answers: start one, or build with" \
		"Cloud Build (cloudbuild.yaml)" >&2; exit 1; }
	docker build --file beam_jobs/curate/Dockerfile --tag "$$IMAGE" .

.PHONY: template-publish
template-publish: install ## publish the spec of the pushed IMAGE for the commit, to ENVIRONMENT
	@bin/atvos template publish --env "$${ENVIRONMENT:-}" --image "$${IMAGE:-}" $(ARGS)

.PHONY: deploy
deploy: install $(ZETASQL_STAMP) ## deploy the commit that is checked out to ENVIRONMENT
	@bin/atvos deploy --env "$${ENVIRONMENT:-}" $(ARGS)

.PHONY: deploy-rollback
deploy-rollback: install ## go back to the last good deploy of ENVIRONMENT
	@bin/atvos deploy rollback --env "$${ENVIRONMENT:-}" $(ARGS)

.PHONY: deploy-status
deploy-status: install ## say what is deployed to ENVIRONMENT, and whether its bucket holds just that
	@bin/atvos deploy status --env "$${ENVIRONMENT:-}" $(ARGS)

.PHONY: contract-gate
contract-gate: install ## say what the contracts change since BASE, as Markdown that goes to OUTPUT too
	@code=0; found=$$(COLUMNS=110 bin/atvos contract diff "$${BASE:-origin/main}" 2>&1) || code=$$?; \
	printf '## Contract gate\n\n```\n%s\n```\n' "$$found" | tee "$${OUTPUT:-/dev/null}"; exit $$code

.PHONY: checks
checks: install $(CHECKS_STAMP) ## build .venv/checks: the programs that judge workflows, images and secrets

.PHONY: compose-env
compose-env: install ## generate .env, the secrets of docker-compose.yaml
	@$(BIN)/python -m local.compose.environment

.PHONY: test
test: test-tools checks $(FOR_TESTS) ## run every test, those on the real emulators and scheduler included
	$(PYTEST) $(ARGS)

.PHONY: test-fast
test-fast: test-tools checks $(FOR_TESTS) ## run the tests that are not marked slow
	$(PYTEST) -m "not slow" $(ARGS)

.PHONY: check
check: test-tools checks ## look for vulnerable packages, insecure code, values in SQL, and secrets
	@$(BIN)/python -m local.security $(ARGS)

.PHONY: lint
lint: install ## check style, types, YAML, and that the data dictionary is not stale
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/yamllint --strict .
	@bin/atvos docs check
	@bin/atvos monitoring check
	@bin/atvos powerbi wireframes --check

.PHONY: docs
docs: install ## write dictionary, rules, dashboards, lists and pictures anew
	@bin/atvos docs build
	@bin/atvos monitoring build
	@bin/atvos powerbi wireframes

# The lock holds MkDocs 1: what MkDocs 2 will bring is no news to who reads the pages.
.PHONY: docs-serve
docs-serve: docs $(DOCS_STAMP) ## show the documentation at http://127.0.0.1:8000
	@NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs serve --strict --dev-addr 127.0.0.1:$(DOCS_PORT)

.PHONY: sql-check
sql-check: install $(ZETASQL_STAMP) ## type-check, judge and lint all SQL, the generated included
	@bin/atvos sql check $(ARGS)

.PHONY: powerbi
powerbi: install $(POWERBI_STAMP) $(POWERQUERY_STAMP) $(CONFORMANCE_STAMP) ## check the Power BI model and report
	@bin/atvos powerbi check

.PHONY: powerbi-engine
powerbi-engine: powerbi ## have Microsoft's modelling engine load the model (ACCEPT_LICENCE=yes)
	@test "$${ACCEPT_LICENCE:-}" = yes || { \
		echo "make powerbi-engine installs $(ENGINE_PACKAGE), a preview under a licence of" \
			"Microsoft which says that it may send data on its use. Read it on npmjs.com, then:" \
			"make powerbi-engine ACCEPT_LICENCE=yes" >&2; exit 2; }
	@PATH="$(CURDIR)/$(POWERBI)/bin:$$PATH" npm install --prefix $(ENGINE) --no-save --ignore-scripts \
		--no-audit --no-fund --loglevel=error $(ENGINE_PACKAGE)
	@bin/atvos powerbi engine

.PHONY: airflow-matrix
airflow-matrix: install $(AIRFLOW_31_STAMP) ## run a feed and its mart on every Airflow that the DAGs must run on
	@$(BIN)/python -m local.matrix $(ARGS)

.PHONY: composer-check
composer-check: install ## hold requirements.txt against the Composer image that is targeted
	@bin/atvos composer check $(ARGS)

.PHONY: corpus
corpus: install ## judge 824 bad objects, and see that each has the verdict that is due
	@PYTHONPATH=$(CURDIR)/plugins:$(CURDIR)/beam_jobs/curate $(BIN)/python -W ignore -m tests.corpus

.PHONY: fuzz
fuzz: $(FUZZ_STAMP) ## fuzz the curate job's readers and judges for FUZZ_SECONDS (60)
	@PYTHONPATH=$(CURDIR)/plugins:$(CURDIR)/beam_jobs/curate $(FUZZ)/bin/python -W ignore \
		-m tests.corpus.fuzz_judge $(FUZZ_SECONDS)

.PHONY: bench
bench: $(BENCH_CURATE_STAMP) ## compare the curate job with DuckDB, polars and a textbook's Beam job
	@PYTHONPATH=$(CURDIR):$(CURDIR)/plugins:$(CURDIR)/beam_jobs/curate $(BENCH_CURATE)/bin/python \
		-W ignore -m bench.curate $(ARGS)

.PHONY: bench-latency
bench-latency: install ## measure landed-to-queryable beside the same work done by hand
	@$(BIN)/python -m bench.latency $(ARGS)

.PHONY: bench-parse
bench-parse: install $(BENCH_STAMP) ## compare what parsing the DAGs costs with bare Airflow and dag-factory
	@$(BIN)/python -m bench.parse $(ARGS)

.PHONY: format
format: install ## rewrite the Python files in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: clean
clean: ## stop the stack; remove its state, the environments and the caches
	@if [ -x $(BIN)/python ] && [ -e .local ]; then $(BIN)/python -m local down; fi
	rm -rf .local .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
