#!/bin/sh
# What any reader may count on: no file over 500 lines, no function over 60 (tables within it not counted), a README in every
# folder of fixtures, no note to do later, no path of one machine, no word of another project's papers.
cd "$(dirname "$0")/.." || exit 3
bad=0
complain() { bad=1; printf 'hygiene: %s\n%s\n' "$1" "$2"; }
sources=$(find risk policies pricing tests -name '*.[ch]')

long=$(wc -l $sources | awk '$1 > 500 && $2 != "total" { print $2 ": " $1 " lines" }')
[ -z "$long" ] || complain 'files are at most 500 lines' "$long"

# A function's body stands between braces in the first column. A table is an initialiser of an array within it.
long=$(awk '
    FNR == 1 { inside = 0 }
    /^{/ { inside = 1; start = FNR; table = 0; tables = 0; name = before }
    inside && !table && /\] = \{$/ { table = 1; match($0, /^ */); indent = RLENGTH }
    inside && table { tables++; match($0, /^ */); if (/^ *};/ && RLENGTH == indent) table = 0 }
    /^}/ && inside { lines = FNR - start + 1 - tables; if (lines > 60) print FILENAME ":" start ": " lines " lines"; inside = 0 }
' $sources)
[ -z "$long" ] || complain 'functions are at most 60 lines' "$long"

# clang links every version of such a function under its own name, wherever it stands.
versions=$(grep -rhozE '(CLONES(_[A-Z]+)?|target_clones\([^)]*\)\)\))[[:space:]]+[a-z_0-9 *]+[[:space:]*][a-z_0-9]+\(' --include='*.c' risk policies pricing | tr '\0\n' '\n ' | grep -v 'typedef\|__attribute__(')
open=$(printf '%s\n' "$versions" | grep -vE '\) static |CLONES(_[A-Z]+)? static |^ *$')
[ -z "$open" ] || complain 'functions of several versions are static' "$open"
twice=$(printf '%s\n' "$versions" | grep -oE '[a-z_0-9]+\($' | sort | uniq -d)
[ -z "$twice" ] || complain 'functions of several versions have a name of their own in the whole library' "$twice"

for folder in fixtures/*/; do
    [ -f "$folder/README.md" ] || complain 'every folder of fixtures tells origin, biases and licence' "$folder has no README.md"
    grep -qi 'licence' "$folder/README.md" || complain 'every folder of fixtures tells origin, biases and licence' "$folder/README.md: no word on the licence"
done

if git rev-parse --git-dir >/dev/null 2>&1; then # a source archive has no list of what belongs to it
    stray=$(git ls-files | cut -d/ -f1 | sort -u | grep -vxE 'pricing|risk|policies|fixtures|tests|docs|Makefile|README.md|LICENSE|\..*')
    [ -z "$stray" ] || complain 'nothing else stands at the top' "$stray"
fi

later=$(grep -rnwE 'TO''DO|FIX''ME|X''XX' risk policies pricing tests docs Makefile README.md fixtures --include='*.c' --include='*.h' --include='*.sh' \
        --include='*.md' --include='*.cfg' --include=Makefile)
[ -z "$later" ] || complain 'nothing is left for later' "$later"
paths=$(grep -rnE '"/(work|home|root)/|[ (`]/(work|home|root)/' risk policies pricing docs tests fixtures README.md Makefile)
[ -z "$paths" ] || complain 'no path of one machine' "$paths"

[ "$bad" = 0 ] && echo "hygiene: files, functions and folders are as they should be"
exit "$bad"
