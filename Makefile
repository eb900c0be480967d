# Everything starts here: `make help`. Each target first brings its environment up to date, which
# takes a moment when nothing changed. `make site PYTHON=python3.13` names the interpreter to use.

PY := .venv/bin/python
PORT := 8000
MARKED := slow or full
STARTERS := python3 python python3.14 python3.13 python3.12 python3.11 python3.10
CHOSEN := $(if $(filter command,$(origin PYTHON)),--python $(PYTHON))

# Any Python >= 3.8 that runs can start the bootstrap, which finds the one to use.
define environment
@for python in $(STARTERS); do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null \
		&& exec "$$python" tools/bootstrap.py $(1) $(CHOSEN); \
done; echo "No Python 3.8 or newer was found: install Python 3.13 and run make again." >&2; exit 1
endef

.PHONY: help site build serve archive test slow conformance croissant package bench tiny screenshots lock clean

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 20

site: ## Build the site and serve it at http://127.0.0.1:8000 (or PORT=8001)
	$(call environment,site)
	@$(PY) -m site_builder site --port $(PORT)

build: ## Build the site into site/
	$(call environment,site)
	@$(PY) -m site_builder build

serve: ## Serve the site and rebuild what changes while you edit
	$(call environment,site)
	@$(PY) -m site_builder serve --port $(PORT)

archive: ## Pack site/ into one file to be read and searched offline
	$(call environment,site)
	@$(PY) -m tools.archive

# pytest comes last, so that its summary is the last line.
test: ## Format, lint, types, tests, notebooks, strict site build, links
	$(call environment,dev)
	$(PY) -m ruff format --check --quiet
	$(PY) -m ruff check --quiet
	$(PY) -m ty check --quiet
	$(PY) -m pytest -n 2 --dist loadfile -m "not slow and not full" --ignore tests/conformance

slow: ## The tests that take minutes: every rule run again, on other seeds too; long searches
	$(call environment,dev)
	$(PY) -m pytest -n 2 -m "$(MARKED)" --ignore tests/conformance

# Source alone, so in no lock of wheels; beside the environment, whose Trainer would import it.
build/deepspeed: requirements/deepspeed.txt
	@rm -rf $@
	@.venv-conformance/bin/python -m pip install -qq --disable-pip-version-check \
		--no-deps --require-hashes --target $@ -r $<
	@touch $@

conformance: ## The tests against torch, in an environment of their own
	$(call environment,conformance)
	@$(MAKE) --no-print-directory build/deepspeed
	.venv-conformance/bin/python -m pytest -n 2 --dist loadfile tests/conformance
	cp build/conformance.json tests/data/conformance.json # what the site shows

croissant: ## The published trials, read and validated with mlcroissant
	$(call environment,croissant)
	.venv-croissant/bin/python -m pytest tests/croissant

package: ## The wheel from outside, on every Python found; the workflows
	$(call environment,package)
	.venv-package/bin/zizmor --offline --quiet --no-progress --pedantic .github action.yml
	.venv-package/bin/python -m tools.package

bench: ## The tables of speed and of Lighthouse, beside stock sites, micrograd, NumPy and torch
	$(call environment,dev)
	$(call environment,conformance)
	@$(PY) -m benchmarks.site
	@$(PY) -m benchmarks.logs
	@$(PY) -m site_builder build
	@$(PY) -m benchmarks.lighthouse
	@$(PY) -m benchmarks.moons --torch-python .venv-conformance/bin/python
	@.venv-conformance/bin/python -m benchmarks.schedules

# Every benchmark in small, so that none rots unseen.
tiny:
	$(call environment,dev)
	$(call environment,conformance)
	@$(PY) -m benchmarks.site --tiny
	@$(PY) -m benchmarks.logs --tiny
	@$(PY) -m benchmarks.identify
	@$(PY) -m site_builder build
	@$(PY) -m tools.archive
	@$(PY) -m tools.screenshots --tiny
	@$(PY) -m benchmarks.lighthouse --tiny
	@$(PY) -m benchmarks.moons --repeats 1 --torch-python .venv-conformance/bin/python
	@.venv-conformance/bin/python -m benchmarks.schedules --tiny

screenshots: ## Pictures of every kind of page, for whoever looks it over, into build/screenshots
	$(call environment,dev)
	@$(PY) -m site_builder build
	@$(PY) -m tools.screenshots

lock: ## Renew the locked requirements from pyproject.toml
	$(call environment,lock)

clean: ## Remove what was built; environments stay
	rm -rf build site .site.* .pytest_cache .ruff_cache .hypothesis .cache dist
