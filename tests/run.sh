#!/bin/sh
# Runs every unit test (cmocka prints its own summary of each) and every command test, then counts.
# BUILD is the build folder; VALGRIND=1 runs the unit tests under valgrind; ONLY=name runs one.
cd "$(dirname "$0")/.." || exit 3
BUILD=${BUILD:-build}
wrap=
[ -n "$VALGRIND" ] && wrap="valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite"
log=$(mktemp) || exit 3
rows=$(mktemp) || exit 3
trap 'rm -f "$log" "$rows"' EXIT
export QUO_REFERENCE_ROWS="$rows" # tests/reference.sh
passed=0 failed=0 skipped=0 broken=
for source in tests/test_*.c; do
    name=$(basename "$source" .c)
    [ -n "$ONLY" ] && [ "$ONLY" != "$name" ] && continue
    echo "---- $name"
    $wrap "$BUILD/tests/$name" >"$log" 2>&1
    code=$?
    grep -vE '^\[ RUN|^\[       OK' "$log"
    p=$(grep -c '^\[       OK' "$log"); f=$(grep -cE '^\[  FAILED  \] [a-zA-Z_]' "$log"); s=$(grep -c '^\[  SKIPPED \] [a-zA-Z_]' "$log")
    passed=$((passed + p)); skipped=$((skipped + s))
    if [ "$code" != 0 ]; then
        [ "$f" -gt 0 ] || f=1
        failed=$((failed + f)); broken="$broken $name"
    fi
done
if [ -z "$ONLY" ]; then
    if sh tests/reference.sh "$rows"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1)); broken="$broken reference.sh"
    fi
fi
if [ -z "$ONLY" ] || [ "$ONLY" = cli ]; then
    if [ -x tests/cli/run.sh ]; then
        BUILD=$BUILD sh tests/cli/run.sh >"$log" 2>&1
        cat "$log"
        set -- $(tail -n 1 "$log" | sed 's/[^0-9 ]//g')
        passed=$((passed + ${1:-0})); failed=$((failed + ${2:-1})); skipped=$((skipped + ${3:-0}))
        [ "${2:-1}" = 0 ] || broken="$broken cli"
    fi
fi
[ -z "$broken" ] || echo "failed in:$broken"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
