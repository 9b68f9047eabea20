# The commands of every day. `just --list` shows them; each also works typed by hand.

# Tests of the language alone: lexer, parser, binder, and every page up to the point where rows would be needed.
t filter="":
    cargo test --no-default-features {{filter}}

# Everything that CI checks.
check:
    .ci/run

# Rewrites what the pages expect, and creates pages for new rows. Read the diff before believing it.
bless filter="":
    BLESS=1 cargo test --test main {{filter}}

# Times a query with an optimised build.
bench query:
    cargo run --release -- query --timing "{{query}}"

# The shell, or the command given.
run *arguments:
    cargo run -- {{arguments}}

# The official query sets, where they are at hand.
conformance:
    tests/conformance.sh
