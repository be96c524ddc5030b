# Everything a newcomer types. It needs make and Python 3.11 or newer; the rest is built into .venv from requirements.lock.

PYTHON ?= python3

# The name of a stamp holds a checksum of the lock, so that a changed lock, and nothing else, rebuilds an environment.
checksum = $(shell cat $(1) 2>/dev/null | cksum | cut -d' ' -f1)

BENCH_LOCKS := requirements.lock bench/requirements.lock
DEPENDENCIES := .venv/.dependencies-$(call checksum,requirements.lock)
BENCH_DEPENDENCIES := .venv-bench/.dependencies-$(call checksum,$(BENCH_LOCKS))

# uv writes the locks and does nothing else, so it stays out of them. These options keep every host and path out.
UV := uv==0.13.9
COMPILE := .venv-lock/bin/uv --quiet --no-config pip compile --universal --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)

# $(call new-environment,FOLDER): an empty environment. Debian's python3 comes without venv's pip; pip alone will do.
define new-environment
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo 'comity needs Python 3.11 or newer as `$(PYTHON)`: install the Debian package python3, or name another with' \
		'make PYTHON=…' >&2; exit 1; }
@rm -rf $(1)
@if $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then $(PYTHON) -m venv $(1); \
	elif $(PYTHON) -c 'import pip, venv' 2>/dev/null; then $(PYTHON) -m venv --without-pip $(1); \
	else echo '`$(PYTHON)` has neither venv nor pip: install the Debian package python3-venv' >&2; exit 1; fi
endef

# $(call install,FOLDER,WHAT): says nothing unless it fails.
install = @if [ -e $(1)/bin/pip ]; then $(1)/bin/python -m pip -qq --disable-pip-version-check install $(2); \
	else $(PYTHON) -m pip -qq --disable-pip-version-check --python $(1)/bin/python install $(2); fi

# The project itself, from the working tree; its build back end comes from the lock.
PROJECT := --no-deps --no-build-isolation --editable .

.PHONY: help demo test check fmt lock bench soak fuzz sabotage clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.project ## the leading example, told step by step
	@.venv/bin/comity demo

test: .venv/.project ## all tests; what this machine lacks is skipped, with the reason
	.venv/bin/python -m pytest -n 3

check: .venv/.project ## format, lint, types, rings and docs
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(if $(wildcard tools/check_docs.py),.venv/bin/python -m tools.check_docs)

fmt: .venv/.project ## format, and mend what the linter can
	.venv/bin/ruff check --fix --exit-zero
	.venv/bin/ruff format

soak: .venv/.project ## the long tests; SOAK=short for minutes instead of hours
	.venv/bin/python -m tests.soak

fuzz: .venv/.project ## what strangers may send, a minute for each parser; COMITY_FUZZ_SECONDS for more
	.venv/bin/python -m tests.fuzz

sabotage: .venv/.project ## break the rules one by one, and see the tests notice
	.venv/bin/python -m tests.sabotage

bench: .venv-bench/.project ## the benchmarks, in an environment of their own
	.venv-bench/bin/python -m bench

lock: .venv-lock/bin/uv ## pin what pyproject.toml and bench/ ask for; UPGRADE=1 takes the newest
	$(COMPILE) pyproject.toml --group dev --output-file requirements.lock
	$(COMPILE) bench/requirements.in --python-version 3.11 --constraints requirements.lock --output-file bench/requirements.lock

clean: ## remove what make and the tools have built
	rm -rf .venv .venv-bench .venv-lock dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .fuzz
	find src tests bench tools -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

$(DEPENDENCIES):
	$(call new-environment,.venv)
	$(call install,.venv,--require-hashes --requirement requirements.lock)
	@touch $@

$(BENCH_DEPENDENCIES):
	$(call new-environment,.venv-bench)
	$(call install,.venv-bench,--require-hashes $(BENCH_LOCKS:%=--requirement %))
	@touch $@

.venv/.project: $(DEPENDENCIES) pyproject.toml
	$(call install,.venv,$(PROJECT))
	@touch $@

.venv-bench/.project: $(BENCH_DEPENDENCIES) pyproject.toml
	$(call install,.venv-bench,$(PROJECT))
	@touch $@

.venv-lock/bin/uv:
	$(call new-environment,.venv-lock)
	$(call install,.venv-lock,$(UV))
