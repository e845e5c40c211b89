# SPDX-License-Identifier: GPL-2.0
#
# Everything a user types; "make help" lists it.  The kernel's own build of
# this tree is in Kbuild.

MAKEFLAGS += --no-print-directory
export V XEN

GUEST ?= pvh
DOM0 ?=
XEN ?= 4.17
V ?= 0
TEST ?=
PLAN ?=
BENCH ?= boot

build := build
lab := scripts/lab

.PHONY: help run test shell check leaf kunit bench coverage kernel selftests deps overlay clean distclean
.DEFAULT_GOAL := help

help:
	@echo 'make run        build all, boot Xen, a PVH dom0 and a guest, show block and network I/O'
	@echo 'make test       all tests: check, leaf, kunit, lab; last line "N passed, N failed, N skipped"'
	@echo 'make shell      the lab, interactive: a root shell in dom0, guests started with xl'
	@echo 'make check      static checks'
	@echo "make leaf       compile the kernel's own Xen drivers on our headers"
	@echo 'make kunit      unit tests in a plain QEMU, no Xen'
	@echo 'make bench BENCH=boot  hypercalls and exits, our kernel and the one with its own Xen code'
	@echo 'make coverage   which lines the unit tests and the tests in guests reach'
	@echo 'make kernel     only the kernel under test'
	@echo 'make selftests  only the tests that run in the guests'
	@echo 'make overlay KDIR=<tree>  lay this tree over a linux-source-6.12'
	@echo 'make deps       install the Debian packages that all this needs'
	@echo 'make clean      remove build/; make distclean also the cache of images and trees'
	@echo
	@echo 'Variables:'
	@echo '  GUEST=pvh     kind of guest: pvh or hvm'
	@echo '  DOM0=ours     kernel of dom0: ours (the kernel under test; make run, make shell), debian'
	@echo '                (the stock one; make test, but for the plans that name ours), or a path'
	@echo '  XEN=4.17      version of the hypervisor, as Debian names it'
	@echo '  TEST=name     make test: only lab guests with this in their name; make kunit: suites'
	@echo '  PLAN=name     make run, make test: these plans of scripts/lab/plans instead'
	@echo '  V=1           show every command and every console line'
	@echo
	@echo 'Logs are under build/logs/. The cache is ~/.cache/xenpvh (XENPVH_CACHE).'

deps:
	@scripts/deps

run: deps
	@GUEST='$(GUEST)' DOM0='$(or $(DOM0),ours)' $(lab)/demo $(PLAN)

test: deps
	@GUEST='$(GUEST)' DOM0='$(or $(DOM0),debian)' TEST='$(TEST)' PLAN='$(PLAN)' $(lab)/all

shell: deps
	@GUEST='$(GUEST)' DOM0='$(or $(DOM0),ours)' $(lab)/run --shell

check: deps
	@$(lab)/part check scripts/check/run

leaf: deps
	@$(lab)/part leaf scripts/check/leaf

bench: deps
	@scripts/bench/$(BENCH)

coverage: deps
	@scripts/coverage/run

kunit: deps
	@QEMU="$$($(lab)/qemu)" TEST='$(TEST)' $(lab)/part kunit scripts/kunit/run

kernel: deps
	@$(lab)/kernel

selftests: deps
	@$(lab)/selftests

overlay:
	@[ -n '$(KDIR)' ] || { echo 'KDIR=<kernel tree> is missing' >&2; exit 1; }
	@scripts/overlay '$(KDIR)'

clean:
	rm -rf $(build)

distclean: clean
	rm -rf "$${XENPVH_CACHE:-$${XDG_CACHE_HOME:-$$HOME/.cache}/xenpvh}"
