#!/bin/sh
# Runs the studies and writes their tables into docs/validation.md, each between its marks. Takes some minutes.
# STUDY_REPLICATES (2000) and STUDY_SIMULATIONS (20000) make it shorter; ONLY=name runs one.
cd "$(dirname "$0")/.." || exit 3
BUILD=${BUILD:-build}
page=docs/validation.md
table=$(mktemp) || exit 3
trap 'rm -f "$table" "$table.page"' EXIT
bad=

# put NAME: the text of $table between the marks of NAME.
put() {
    awk -v name="$1" -v table="$table" '
        $0 == "<!-- end -->" { inside = 0 }
        !inside { print }
        $0 == "<!-- study:" name " -->" { inside = 1; while ((getline line < table) > 0) print line }
    ' "$page" >"$table.page" && cat "$table.page" >"$page"
}

# study NAME COMMAND...
study() {
    name=$1
    shift
    [ -z "$ONLY" ] || [ "$ONLY" = "$name" ] || return 0
    echo "study $name: $*"
    "$@" >"$table" || bad="$bad $name"
    cat "$table"
    put "$name"
}
study coverage "$BUILD/study/study_coverage" "${STUDY_REPLICATES:-2000}"
study backtest "$BUILD/study/study_backtest" 2021 "${STUDY_SIMULATIONS:-20000}"
calibrate() {
    "$BUILD/quorate" calibrate --bootstrap 0 fixtures/incidents/published-aggregates.csv | sed -n '/^statistic/,/^  \*/p; /^group/,/attributed/p; /^contradictions/,$p' | sed 's/^/    /; s/ *$//'
}
study calibrate calibrate
[ -z "$bad" ] || { echo "outside what was promised:$bad"; exit 1; }
