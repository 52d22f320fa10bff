# Lanes. `make check` before each commit; the others as their names say.
GO ?= go
FUZZTIME ?= 30s
CYCLES ?= 30

.PHONY: build check test lint race fuzz crash logins update bench campaign roundtrip bench-codec clients

build: ; $(GO) build -o leat .

check: lint test

test: ; $(GO) test ./...

lint: ; .ci/lint

race: ; $(GO) test -race -short ./...

fuzz: ; FUZZTIME=$(FUZZTIME) .ci/fuzz

# Every format against an independent implementation, ROWS random rows each.
ROWS ?= 100000
roundtrip: ; $(GO) test -count=1 -timeout 30m -v -run 'AgainstLibrary|EveryTypeThere|ConfluentHeads' ./executor/codec -codec.rows $(ROWS)

# Decoders and encoders of records beside goccy, sonic, hamba and protobuf-go.
bench-codec: ; $(GO) run -tags sonic . bench codec

crash: ; $(GO) test -count=1 -run TestKillNine -v ./internal/crash -args -cycles $(CYCLES)

# A flood of logins against the limits: LOGINS attempts with wrong passwords beside right ones.
LOGINS ?= 100000
logins: ; LEAT_LOGINS=$(LOGINS) $(GO) test -count=1 -timeout 15m -run TestFloodOfLogins -v ./server

# Rewrites expected parts of goldens; read the diff line by line before you commit it.
update:
	UPDATE=1 $(GO) test ./... && git diff --stat

# Real PostgreSQL clients of five languages, all of them; writes docs/clients.md.
clients:
	.ci/clients
	LEAT_CLIENTS_PAGE=1 $(GO) test -count=1 -timeout 10m -v -run TestClients ./internal/clients -args -all

bench: ; $(GO) test -run '^$$' -bench . -benchmem ./...

# Every reliability campaign at full size, hours; writes docs/reliability.md.
campaign: ; $(GO) run ./internal/campaign -full -write
