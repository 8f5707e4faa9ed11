#!/bin/sh
# Runs every benchmark that is built. Each checks its answer before it tells a time; one that is wrong makes this fail.
cd "$(dirname "$0")/../.." || exit 3
BUILD=${BUILD:-build}
bad=
for bench in "$BUILD"/bench/bench_*; do
    [ -x "$bench" ] && [ -f "$bench" ] || continue
    "$bench" || bad="$bad ${bench##*/}"
done
[ -z "$bad" ] || { echo "wrong or failed:$bad"; exit 1; }
