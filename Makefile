# `make book` and `make test` are all that a fresh clone needs; each makes .venv first if it is missing or old.
SHELL := /bin/sh
PYTHON := .venv/bin/python
READY := .venv/ready
DEPLOYMENT := .venv/deployment

.PHONY: book pdf test live clean links upgrade test-newest test-colab record benchmarks
.DELETE_ON_ERROR:

book: $(READY)
	@$(PYTHON) -m triptych run
	@$(PYTHON) -m triptych.runtimes
	@.venv/bin/jupyter-book build . -W --quiet
	@echo "the site: file://$(CURDIR)/_build/html/index.html"

# The whole book on paper, printed by Chromium.
pdf: $(READY)
	@$(PYTHON) tests/chromium.py --install
	@$(PYTHON) -m triptych run
	@.venv/bin/jupyter-book build . -W --quiet --builder singlehtml
	@cp _build/singlehtml/book/index.html _build/singlehtml/book.html # styles and pictures are named from there
	@$(PYTHON) tests/chromium.py --print _build/singlehtml/book.html _build/book.pdf
	@echo "the book: file://$(CURDIR)/_build/book.pdf"

test: $(READY) $(DEPLOYMENT)
	@$(PYTHON) tests/chromium.py --install
	@$(PYTHON) -m triptych.runtimes
	@$(PYTHON) -m pytest --nbval -n auto --dist loadfile --no-loadscope-reorder tests notebooks # long files first, notebooks fill up

# Serves on a free port of this machine alone; a saved chapter runs what became stale and is built again.
live: $(READY)
	@mkdir -p _build/live
	@.venv/bin/jupyter-book config sphinx . >/dev/null && mv conf.py _build/live/conf.py
	@$(PYTHON) -m sphinx_autobuild -c _build/live . _build/live/html --host 127.0.0.1 --port 0 \
	    --ignore '*/_build/*' --ignore '*/.venv/*' --ignore '*/.git/*' --ignore '*.part' \
	    --pre-build '$(PYTHON) -m triptych run'

# Versions by hand. `make upgrade PACKAGE=torch VERSION=…` changes one pin and shows what changes with it;
# test-newest and test-colab run every notebook in .venv-newest and .venv-colab. SKIP=pytorch leaves a
# framework out, WITH=/usr/bin/python3.13 names the Python to use.
upgrade: $(READY) $(DEPLOYMENT)
	@$(PYTHON) -m triptych.upkeep upgrade "$(PACKAGE)" "$(VERSION)"

test-newest test-colab: test-%: $(READY) $(DEPLOYMENT)
	@$(PYTHON) -m triptych.upkeep $* $(if $(SKIP),--skip $(SKIP)) $(if $(WITH),--with "$(WITH)")

# Keras's other backends, compared with the stored outputs; the page *Verified* shows how it went.
record: $(READY) $(DEPLOYMENT)
	@$(PYTHON) -m triptych.upkeep record --framework keras --backend torch
	@$(PYTHON) -m triptych.upkeep record --framework keras --backend jax

links: $(READY)
	@.venv/bin/jupyter-book build . --builder linkcheck --path-output _build/links

benchmarks: $(READY) $(DEPLOYMENT)
	@$(PYTHON) benchmarks/run.py

clean:
	@rm -rf _build .pytest_cache .venv .venv-newest .venv-colab
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is written last, so an interrupted installation is taken up again.
$(READY): requirements.txt
	@python=$$(for candidate in python3 python3.13 python3.12 python3.11 python; do \
	    if $$candidate -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
	    then echo $$candidate; break; fi; done); \
	if [ -z "$$python" ]; then \
	    echo "make: no Python 3.11, 3.12 or 3.13 with venv found: install one (Debian: python3 python3-venv) and run make again" >&2; exit 1; fi; \
	echo "making .venv with $$($$python --version), some minutes the first time"; \
	$$python -m venv --clear .venv && .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt \
	    || { echo "make: could not install requirements.txt: see the lines above, then run make again" >&2; exit 1; }
	@touch $@

# What the chapters on deployment import: tests run them, the book is built from what they stored.
$(DEPLOYMENT): requirements-deployment.txt $(READY)
	@echo "adding requirements-deployment.txt to .venv"
	@.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-deployment.txt \
	    || { echo "make: could not install requirements-deployment.txt: see the lines above, then run make again" >&2; exit 1; }
	@touch $@
