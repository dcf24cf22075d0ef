# hexiao. `make run` plays a short day, `make test` runs every test; both set up what is missing first.
# The scripts called here live in packaging/ and can be run alone.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.NOTPARALLEL:
.DEFAULT_GOAL := test

# One set of flags for every build and test, so that all share one cache: Fyne's C is four minutes of work, once.
export GOFLAGS := -trimpath -buildvcs=false
export CGO_ENABLED := 0

# The version is given to the linker only; it makes no package compile again.
VERSION = $(shell git describe --always --dirty 2>/dev/null || echo unknown)
LDFLAGS = -s -w -X main.version=$(VERSION)

PROGRAMS = $(patsubst packaging/%/main.go,%,$(wildcard packaging/hexiao-*/main.go))

# hexiao-till needs C and OpenGL and is looked at by itself. The packages of ./packaging test built programs and .debs,
# and those of ./packaging/windows the programs for Windows.
TILL = ./packaging/hexiao-till
PURE = $(shell CGO_ENABLED=0 go list -e ./... | grep -v '/packaging/hexiao-till$$')
ROOMS = $(shell CGO_ENABLED=0 go list -e ./... | grep -v -e '/packaging/hexiao-till$$' -e '^hexiao/packaging$$' -e '^hexiao/packaging/windows$$')

# What runs on Windows, too, and takes no C there; `make windows` builds it, and the till.
ABROAD = ./agent/... ./drivers/... ./hub/... ./ui/... ./packaging/hexiao-agent ./packaging/hexiao-hub

FUZZTIME ?= 30s
KEEP ?=

.PHONY: help setup build run test check unit whole prove lab race fuzz bench packages pictures windows wine fonts clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

setup: ## install what is missing on a Debian 12 that has Go, git and make
	@packaging/setup.sh

build: setup ## build the programs into build/bin
	go build -ldflags '$(LDFLAGS)' -o build/bin/ $(addprefix ./packaging/,$(filter-out hexiao-till,$(PROGRAMS)))
	CGO_ENABLED=1 go build -ldflags '$(LDFLAGS)' -o build/bin/ $(TILL)

run: setup build ## play a short day and compare till and ledger; KEEP=1 leaves everything running
	KEEP=$(KEEP) build/bin/hexiao-firstlight

test: setup check unit build packages whole lab ## format, vet, staticcheck, walls, unit tests, packages, the window under Xvfb, end to end, the lab

check: setup
	@unformatted=$$(gofmt -l agent hub ui drivers packaging); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:" $$unformatted; exit 1; fi
	go test -run Walls ./packaging
	go vet $(PURE)
	build/tools/staticcheck $(PURE)
	CGO_ENABLED=1 go vet $(TILL)
	CGO_ENABLED=1 build/tools/staticcheck $(TILL)
	GOOS=windows go vet $(ABROAD)
	GOOS=windows build/tools/staticcheck $(ABROAD)

unit: setup
	go test $(ROOMS)

whole: setup build packages
	CGO_ENABLED=1 go test $(TILL)
	go test ./packaging

lab: setup ## the drivers against virtual scanners, printers and cameras on Debian's kernel in QEMU, and one table
	go run ./packaging/lab

prove: setup build packages ## everything that could show a guarantee to be false, and one table (half an hour)
	go run ./packaging/prove

race: setup ## all unit tests under the race detector
	CGO_ENABLED=1 go test -race $(ROOMS)

fuzz: setup ## each fuzz target for FUZZTIME (30s)
	@grep -roE --include='*_test.go' '^func Fuzz\w+' agent hub ui drivers packaging | sed 's/:func / /' | \
	while read -r file name; do \
		echo "$$name in $$(dirname $$file)"; \
		go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./$$(dirname $$file) </dev/null; \
	done

bench: setup build ## benchmarks, and the time from a scan's last byte to the answer, and from a scanner's last key to the window's picture
	go test -run '^$$' -bench . -benchmem $(ROOMS)
	build/bin/hexiao-firstlight --bench
	CGO_ENABLED=1 go test -run '^$$' -bench . -benchtime 200x $(TILL)

packages: setup build ## .deb files of hub, agent and till, in build/packages
	@packaging/packages.sh

pictures: ## draw every screen of the window anew, in both languages, and say how many changed; look at them before you commit them
	go test -count=1 -v -run TestScreensLookAsTheyDid ./ui/cashier -update | { grep -E '^pictures|FAIL|_test.go' || true; }

windows: ## agent and till for Windows, and the archive that a technician takes there, in build/windows (mingw: 5 minutes the first time)
	@packaging/setup.sh windows
	@FLAGS='$(LDFLAGS)' VERSION='$(VERSION)' packaging/windows.sh

wine: build windows ## run what was built for Windows under Wine: agent, service and window
	@packaging/setup.sh wine
	go test -count=1 -v ./packaging/windows

fonts: ## make the window's fonts again from Debian's Noto Sans CJK
	@packaging/setup.sh fonts
	@packaging/fonts.sh

clean: ## remove what was built
	rm -rf build
