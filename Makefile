# Firn: `make run` and `make test` do everything from a fresh Debian 12 machine.
SHELL := /bin/bash
JOBS ?= $(shell nproc)
LISTEN ?= 127.0.0.1:8080
DATA ?= ./lake
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1
export CCACHE_SLOPPINESS := pch_defines,time_macros,include_file_mtime,include_file_ctime,locale

.PHONY: setup build run demo test check bench format dist clean tidy

setup:
	@scripts/setup.sh

build: setup
	@cmake --preset release >build-configure.log 2>&1 || { cat build-configure.log; exit 1; }; rm -f build-configure.log
	@cmake --build build -j$(JOBS)

run: build
	@scripts/run.sh $(LISTEN) $(DATA)

demo: build
	@scripts/demo.sh

test: build tidy
	@scripts/test.sh

tidy:
	@python3 test/tidy.py

check: test
	@scripts/check.sh

bench: build
	@scripts/bench.sh

format:
	@find src test bench -name '*.cc' -o -name '*.h' | xargs clang-format-16 -i

dist: build
	@scripts/dist.sh

clean:
	rm -rf build build-debug build-asan build-tsan dist
