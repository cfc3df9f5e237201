# make demo                  train, evaluate, draw and export, on TensorFlow
# BACKEND=jax make demo      the same on JAX; BACKEND=torch on PyTorch
# make test                  every test on every backend
# make lint                  style
# make docs                  the documentation, into site/

PYTHON ?= python3.11
BACKEND ?= tensorflow
OUT ?= runs/demo-$(BACKEND)
VENV := .venv
RUN := KERAS_BACKEND=$(BACKEND) TF_CPP_MIN_LOG_LEVEL=3 $(VENV)/bin/python
INSTALL := $(VENV)/bin/python -m pip install --quiet -c constraints.txt

.PHONY: demo test lint docs clean

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# The pipeline is tf.data on every backend, so TensorFlow always comes along.
$(VENV)/.demo-$(BACKEND): $(VENV)/bin/python setup.cfg constraints.txt
	@echo "Installing what $(BACKEND) needs into $(VENV) (minutes)"
	$(INSTALL) -e ".[$(BACKEND),training,export]"
	@touch $@

$(VENV)/.test: $(VENV)/bin/python setup.cfg constraints.txt
	@echo "Installing the three backends into $(VENV) (minutes)"
	$(INSTALL) -e ".[tensorflow,jax,torch,training,export,keras-cv,test]"
	@touch $@

$(VENV)/.docs: $(VENV)/bin/python setup.cfg constraints.txt
	@echo "Installing what the documentation needs into $(VENV)"
	$(INSTALL) -e ".[docs]"
	@touch $@

demo: $(VENV)/.demo-$(BACKEND)
	$(RUN) -m training demo --out $(OUT)

test: $(VENV)/.test lint
	VENV=$(VENV) sh tests/run.sh

lint: $(VENV)/.test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/python -m mkdocs build --strict

clean:
	rm -rf $(VENV)
