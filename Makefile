# What a person would type, one line each. `make lab` and `make test` need only Python and make.
PYTHON ?= python3
BIN = .venv/bin
OWN = $(if $(filter own,$(REDIS)),$(BIN)/python -m lesson_code.lab.server)
MINE = my_notebooks$(if $(ME),_$(ME))
COPY = $(BIN)/python -m lesson_code.working_copy --folder $(MINE)
INSTALL = $(BIN)/python tools/install.py $(BIN)/pip
PROGRESS = $(if $(ME),LESSON_PROGRESS="$(CURDIR)/$(MINE)/progress.jsonl")
SPREAD = --numprocesses=logical --maxprocesses=4 --dist=loadfile --no-loadscope-reorder
ONE_MORE = $(shell $(PYTHON) -c "import os; print(os.cpu_count() + 1)")
NO_NEWS = .venv/etc/jupyter/labconfig/page_config.json

lab: .venv/ready  ## open your copy in JupyterLab; ME=ada for one of several people; LABARGS="--no-browser"; REDIS=own
	@$(COPY)
	@$(BIN)/python -m tools.contents $(MINE)
	@echo "Starting JupyterLab; it ends with Ctrl+C, twice."
	$(PROGRESS) $(OWN) $(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)" --LabApp.default_url=/lab/tree/$(MINE)/00_start_here.ipynb $(LABARGS)

update: .venv/ready  ## take over into your copy what is newer in the lesson; what you have changed stays
	@$(COPY) update $(NB)

reset: .venv/ready  ## put a notebook of your copy back into its first state: NB=05
	@$(COPY) reset $(NB)

contents: .venv/ready  ## build/contents.html: all sections of all notebooks, with a search, for use without a network
	@$(BIN)/python -m tools.contents

slides: .venv/teach  ## build/slides_A.html and so on: the plans of docs/teach.md, to be shown offline; PLAN=A
	@$(BIN)/python -m tools.teaching.slides $(PLAN)

handout: .venv/teach  ## build/handout.html and handout.pdf (that needs Chromium): to print, or to give away
	@$(BIN)/python -m tools.teaching.handout

site: .venv/site  ## build/site: the lesson in a browser tab, a folder of static files
	@$(BIN)/python -m tools.site.build

test: .venv/test  ## test the code and every notebook, and a sample of the proofs; on a real Redis if REDIS_URL is set; REDIS=own; TESTS=notebooks
	$(OWN) $(BIN)/python -m pytest --nbval $(SPREAD) --numprocesses=$(ONE_MORE) $(OPTIONS) $(TESTS)

proofs: .venv/test  ## all proofs: every exercise, recipe, crash, script; about ten minutes; TESTS=tests/test_recipes.py
	$(OWN) $(BIN)/python -m pytest -m proof $(SPREAD) --dist=worksteal $(OPTIONS) $(or $(TESTS),tests)

costs: .venv/test  ## measure what each test costs, and write docs/costs.md: some minutes; TESTS=tests/test_work.py to see one file
	$(BIN)/python -m pytest --nbval -p tools.costs $(TESTS)

store: .venv/ready  ## run every notebook again and store its outputs; NB="05 07" for some
	$(BIN)/python -m tools.store $(NB)

steady: .venv/ready  ## judge every answer at loads of 0, 4 and 16: half an hour (SAMPLE=12: minutes)
	$(BIN)/python -m tools.steady --sample $(or $(SAMPLE),1)

prove: .venv/test  ## play 1,000 random scripts twice, and kill real workers at every place: some minutes; PROVE="50 3 50" for a few
	$(BIN)/python -m tools.prove $(PROVE)

recipes: .venv/test  ## play every recipe at every crash, and write docs/recipes.md: a minute; RECIPE=retry to see one
	$(BIN)/python -m tools.recipes $(RECIPE)

drift: .venv/drift  ## say which facts of which notebook have changed; WITH="rq==3.0.0": with other releases; NB="05": of this notebook; minutes
	$(BIN)/python -m tools.drift $(NB) $(WITH)

matrix: .venv/drift  ## make drift for all combinations that are kept, and write docs/versions.md; WITH="rq==3.0.0" for one
	$(BIN)/python -m tools.drift.matrix $(NB) $(if $(WITH),"$(WITH)")

engines: .venv/drift  ## strike twelve engines at every place of a chain, say what has changed, write docs/engines.md: half an hour; ENGINE="rq2 arq", MODES="kill term", VARIANT="2 queues"; ENGINE=celery WITH="celery==5.7.1" keeps nothing; SHOW=37 or "37 after": one place by hand
	$(BIN)/python -m tools.engines $(ENGINE) $(if $(WITH),--with $(WITH)) $(if $(MODES),--modes $(MODES)) $(if $(VARIANT),--variant "$(VARIANT)") $(if $(SHOW),--show "$(SHOW)") $(if $(LANES),--lanes $(LANES))

questions: .venv/drift  ## put ten questions about a chain to twelve engines, say what has changed, write docs/engines.md: half an hour; ENGINE="saq huey"; ASK="same join"; ENGINE=celery WITH="celery==5.7.1" keeps nothing
	$(BIN)/python -m tools.engines.questions $(ENGINE) $(foreach one,$(ASK),--ask $(one)) $(foreach one,$(WITH),--with $(one))

mutants: .venv/mutants  ## change the code a little, at one place at a time: does the suite notice? ROOMS="with_rq"; two hours; ROOMS="--few with_rq" for three of them
	$(BIN)/python -m tools.mutants $(ROOMS)

turns: .venv/ready  ## do all of "Your turn", and compare it with its folded answers: a minute
	$(BIN)/python -m tools.turns

bench: .venv/test  ## compare what proofs cost with an earlier commit: a quarter of an hour; BENCH="crashes orders", short, all; EXERCISES=all
	$(BIN)/python -m tools.bench $(if $(EXERCISES),--exercises "$(EXERCISES)") $(BENCH)

browser: .venv/dev  ## open a clean clone in a real browser (needs Chromium), and a sample of the rest; TESTS=tests/browser/test_site.py
	$(BIN)/python -m pytest -m "browser and not left_out" $(SPREAD) --maxprocesses=2 --durations=12 $(or $(TESTS),tests/browser)

browser-all: .venv/dev  ## all that is tested in a browser: every notebook runs, there and in the built site; half an hour
	$(BIN)/python -m pytest -m browser $(SPREAD) --maxprocesses=2 $(or $(TESTS),tests/browser)

site-test:  ## run all notebooks and judge all exercises in the built site: ten minutes
	@$(MAKE) browser-all TESTS=tests/browser/test_site.py

lint: .venv/dev  ## check the style of the code
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/'

.venv/ready: pyproject.toml
	@echo "Making .venv, and installing the lesson's packages into it, about half a minute …"
	@$(PYTHON) -m venv .venv
	@$(INSTALL) --editable ".[lesson,quick]"
	@mkdir -p $(dir $(NO_NEWS)) && echo '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}' > $(NO_NEWS)
	@touch $@

.venv/test: .venv/ready
	@echo "Installing what the tests need …"
	@$(INSTALL) --editable ".[test]"
	@touch $@

.venv/teach: .venv/ready
	@echo "Installing what slides need …"
	@$(INSTALL) --editable ".[teach]"
	@touch $@

.venv/site: .venv/ready
	@echo "Installing what the site needs …"
	@$(INSTALL) --editable ".[site]"
	@touch $@

.venv/drift: .venv/test
	@echo "Installing what the comparison needs …"
	@$(INSTALL) --editable ".[drift]"
	@touch $@

.venv/mutants: .venv/test
	@echo "Installing what makes mutants …"
	@$(INSTALL) --editable ".[mutants]"
	@touch $@

.venv/dev: .venv/test .venv/teach .venv/site .venv/mutants
	@$(INSTALL) --editable ".[dev]"
	@touch $@

.PHONY: lab update reset contents slides handout site test proofs costs store steady prove recipes drift matrix engines questions mutants turns bench browser browser-all site-test lint help
