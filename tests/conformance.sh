#!/bin/bash
# Runs the official query sets against a release build. They are not part of this repository: the folder is
# $CALYPSO_CONFORMANCE, or ../shared/conformance; without it there is nothing to do.
set -euo pipefail
cd "$(dirname "$0")/.."

sets=${CALYPSO_CONFORMANCE:-../shared/conformance}
if [ ! -d "$sets" ]; then
    echo "no query sets in $sets: skipped"
    exit 0
fi

cargo build --release
binary=target/release/calypso
failed=0
run() {
    echo
    echo "== $1"
    shift
    "$@" || failed=1
}
run "answers of the real engine" python3 "$sets/run_verdicts.py" --bin "$binary" "$sets/verdicts-open.json"
run "examples of the documentation" python3 "$sets/run.py" "$binary" "$sets/docs-open.json"
run "queries of the world, parsed" python3 "$sets/run_parse.py" --bin "$binary" "$sets/corpus-open.jsonl.gz"
run "damaged queries, refused" python3 "$sets/run_parse.py" --bin "$binary" "$sets/mutants-open.jsonl.gz"
exit $failed
