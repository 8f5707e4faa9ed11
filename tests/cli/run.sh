#!/bin/sh
# Runs every command test. A test is a folder here with
#   cmd      a shell script; it runs in a fresh copy of its folder with QUORATE (the program) and ROOT (the project)
#   stdout, stderr, exit   what is expected; one that is absent is not compared (exit: 0 then)
# In an expected line <*> stands for anything within the line; a line that is <**> alone for any number of lines.
# A script that exits with 77 is skipped. Usage: tests/cli/run.sh [NAME...]; BUILD is the build folder.
cd "$(dirname "$0")/../.." || exit 3
ROOT=$(pwd)
case ${BUILD:-build} in
/*) QUORATE=$BUILD/quorate ;;
*) QUORATE=$ROOT/${BUILD:-build}/quorate ;;
esac
export ROOT QUORATE
export LC_ALL=C TZ=UTC NO_COLOR=1
if [ ! -x "$QUORATE" ]; then
    echo "cli: $QUORATE is not built"
    echo "cli: 0 passed, 1 failed, 0 skipped"
    exit 1
fi
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
trap 'exit 3' INT TERM

# matches EXPECTED GOT: line by line, with the wildcards.
matches() {
    awk -v got="$2" '
        function like(line, pattern,    n, part, i, at) {
            n = split(pattern, part, "<[*]>")
            if (n == 1) return line == pattern
            if (substr(line, 1, length(part[1])) != part[1]) return 0
            line = substr(line, length(part[1]) + 1)
            for (i = 2; i < n; i++) {
                at = index(line, part[i])
                if (at == 0) return 0
                line = substr(line, at + length(part[i]))
            }
            return length(line) >= length(part[n]) && substr(line, length(line) - length(part[n]) + 1) == part[n]
        }
        { want[++n_want] = $0 }
        END {
            while ((getline line < got) > 0) have[++n_have] = line
            # g is how far the got lines are used up; a <**> may be returned to and be given one line more.
            w = 1; g = 1; star = 0
            while (g <= n_have || w <= n_want) {
                if (w <= n_want && want[w] == "<**>") { star = w++; kept = g; continue }
                if (w <= n_want && g <= n_have && like(have[g], want[w])) { w++; g++; continue }
                if (star && kept <= n_have) { g = ++kept; w = star + 1; continue }
                exit 1
            }
            exit 0
        }' "$1"
}

# compare NAME EXPECTED GOT WHAT
compare() {
    [ -f "$2" ] || return 0
    matches "$2" "$3" && return 0
    echo "cli: $1: $4 differs (- expected, + got)"
    diff -u "$2" "$3" | tail -n +3 | head -n 60
    return 1
}

passed=0 failed=0 skipped=0
for folder in tests/cli/*/; do
    name=$(basename "$folder")
    [ -f "$folder/cmd" ] || continue
    if [ $# -gt 0 ]; then
        case " $* " in *" $name "*) ;; *) continue ;; esac
    fi
    work=$scratch/$name
    cp -R "$folder" "$work"
    rm -f "$work/stdout" "$work/stderr" "$work/exit" "$work/cmd"
    (cd "$work" && exec sh "$ROOT/$folder/cmd" >"$scratch/out" 2>"$scratch/err" </dev/null)
    code=$?
    if [ "$code" = 77 ]; then
        skipped=$((skipped + 1))
        echo "cli: $name skipped: $(head -n 1 "$scratch/out")"
        continue
    fi
    bad=0
    want=$(cat "$folder/exit" 2>/dev/null || echo 0)
    if [ "$code" != "$want" ]; then
        echo "cli: $name: exit $code, expected $want"
        bad=1
        [ -f "$folder/stderr" ] || head -n 20 "$scratch/err"
    fi
    compare "$name" "$folder/stdout" "$scratch/out" "standard output" || bad=1
    compare "$name" "$folder/stderr" "$scratch/err" "standard error" || bad=1
    if [ "$bad" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "cli: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
