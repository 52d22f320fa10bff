# Lanes. `make check` before each commit; the others as their names say.
GO ?= go
FUZZTIME ?= 30s
CYCLES ?= 30

.PHONY: build check test lint race fuzz crash update bench campaign

build: ; $(GO) build -o leat .

check: lint test

test: ; $(GO) test ./...

lint: ; .ci/lint

race: ; $(GO) test -race -short ./...

fuzz: ; FUZZTIME=$(FUZZTIME) .ci/fuzz

crash: ; LEAT_CRASH_CYCLES=$(CYCLES) $(GO) test -count=1 -run TestKillNine -v ./internal/crash

# Rewrites expected parts of goldens; read the diff line by line before you commit it.
update:
	UPDATE=1 $(GO) test ./... && git diff --stat

bench: ; $(GO) test -run '^$$' -bench . -benchmem ./...

campaign: fuzz crash
