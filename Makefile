# Works on a Debian machine that has only Rust (and make), as root or with sudo. `make help` says what there is.

CARGO ?= cargo
OUT ?= out
# Event time over wall time in the demo: the twenty minutes of the recording in about forty seconds.
SPEED ?= 30
# Watch folders with truth that `make score` replays and scores.
SCENARIOS ?= $(wildcard ../shared/scenarios/*)
# Worlds of the study, and its first seed.
WORLDS ?= 200
SEED ?= 1
# Recorded flights and published figures, where they are (see downrange recorded --help and downrange statements --help).
RECORDINGS ?= ../shared/data
FACTS ?= ../shared/data/facts/launch_facts.csv
TARGET_DIR := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)
DOWNRANGE := $(TARGET_DIR)/release/downrange

.PHONY: help demo test score study library recorded statements bench bench-replay same build fmt compiler checkers clean

help:
	@echo "make demo    watch a recorded launch become warnings; leaves a report and says where"
	@echo "make test    formatting, lints, every test, the examples in the documentation"
	@echo "make score   replay the folders in SCENARIOS and score them against their truth"
	@echo "make study   draw WORLDS worlds from SEED on, run the engine on each, write how often it was right"
	@echo "make library run the engine on named events and non-events, write what it said of each"
	@echo "make recorded    run the engine on the recorded flights in RECORDINGS"
	@echo "make statements  name the published statements in FACTS that physics excludes"
	@echo "make same    two replays, one with the CPU's newer instructions hidden: the same bytes, or red"
	@echo "make bench   the tracking library beside its peers on the same files: one table (FULL=1: also the slow peers)"
	@echo "make bench-replay   how much faster than real time the folders in SCENARIOS are replayed"
	@echo "make build   the program, in $(DOWNRANGE)"

demo: build
	$(DOWNRANGE) demo --speed $(SPEED) --out $(OUT)/demo
	@echo
	@echo "The report, for any browser: $(abspath $(OUT)/demo/report.html)"

build: compiler
	$(CARGO) build --release --locked -p downrange-cli

# The pure crates and the program in the sense of clippy.toml: strictly what ships; tests may compare with the platform's
# maths and use what they like, everything else about them is checked all the same.
test: compiler checkers
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --locked -- -D warnings
	$(CARGO) clippy --workspace --locked --all-targets -- -D warnings -A clippy::disallowed_methods -A clippy::disallowed_types
	$(CARGO) test --workspace --locked

score: build
	@test -n "$(SCENARIOS)" || { echo "no watch folders with truth: make score SCENARIOS='folder folder'" >&2; exit 2; }
	@for folder in $(SCENARIOS); do \
	    test -f $$folder/truth.json || continue; \
	    name=$$(basename $$folder); \
	    echo "== $$name"; \
	    $(DOWNRANGE) replay $$folder --out $(OUT)/score/$$name >/dev/null || exit 1; \
	    $(DOWNRANGE) score $$folder $(OUT)/score/$$name || exit 1; \
	done

study: build
	$(DOWNRANGE) study --flights $(WORLDS) --seed $(SEED) --out $(OUT)/study

library: build
	$(DOWNRANGE) library --out $(OUT)/library

recorded: build
	$(DOWNRANGE) recorded $(RECORDINGS) --seed $(SEED) --out $(OUT)/recorded

statements: build
	$(DOWNRANGE) statements $(FACTS)

# Peers and ours on the same files. FULL=1 also runs what takes a peer over a minute.
PEERS_DATA ?= $(wildcard ../shared/peers/data)

bench: build
	@command -v python3 >/dev/null && python3 -c "import venv, ensurepip" 2>/dev/null || { \
	    root=; test "$$(id -u)" = 0 || root=sudo; \
	    echo "installing Python for the peers"; \
	    $$root apt-get update -q && $$root apt-get install -y -q --no-install-recommends python3 python3-venv; }
	$(CARGO) build --release --locked -p downrange-track --example textbook --example million
	python3 bench/table.py --program $(DOWNRANGE) --examples $(TARGET_DIR)/release/examples --out $(OUT)/bench \
	    $(if $(PEERS_DATA),--others $(PEERS_DATA)) $(if $(FULL),--full)

bench-replay: build
	@test -n "$(SCENARIOS)" || { echo "no watch folders: make bench-replay SCENARIOS='folder folder'" >&2; exit 2; }
	@for folder in $(SCENARIOS); do \
	    test -f $$folder/plots.jsonl -o -f $$folder/plots.jsonl.zst || continue; \
	    echo "== $$(basename $$folder)"; \
	    $(DOWNRANGE) replay $$folder --out $(OUT)/bench-replay/$$(basename $$folder) || exit 1; \
	done

# The C library picks its kernels by CPU; hiding FMA and AVX2 from it must not change one bit.
same: build
	$(DOWNRANGE) demo --instant --out $(OUT)/same/a >/dev/null
	GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F,-AVX2,-FMA,-FMA4,-AVX,-ERMS $(DOWNRANGE) demo --instant --out $(OUT)/same/b >/dev/null
	@for file in forecasts.jsonl warnings.jsonl events.json report.html; do \
	    cmp $(OUT)/same/a/$$file $(OUT)/same/b/$$file || exit 1; \
	done
	@echo "the same bytes, the journal's hash among them"

fmt:
	$(CARGO) fmt --all

# SQLite, zstd and the linker want a C compiler.
compiler:
	@command -v $(CARGO) >/dev/null || { echo "Rust is missing: https://rustup.rs" >&2; exit 2; }
	@command -v cc >/dev/null || { \
	    root=; test "$$(id -u)" = 0 || root=sudo; \
	    echo "installing a C compiler"; \
	    $$root apt-get update -q && $$root apt-get install -y -q --no-install-recommends gcc libc6-dev; }

checkers:
	@$(CARGO) fmt --version >/dev/null 2>&1 || rustup component add rustfmt
	@$(CARGO) clippy --version >/dev/null 2>&1 || rustup component add clippy

clean:
	$(CARGO) clean
	rm -rf $(OUT)
