#!/bin/sh
# The README shows what the program prints: in a ```console block each line "$ COMMAND" is followed by its output.
# Without arguments: runs each command and compares (used by make test). With --write: puts the new output into the README.
cd "$(dirname "$0")/.." || exit 3
QUORATE=${QUORATE:-${BUILD:-build}/quorate}
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/work" && ln -s "$PWD/fixtures" "$scratch/work/fixtures" || exit 3
case $QUORATE in /*) ;; *) QUORATE=$PWD/$QUORATE ;; esac
# All commands run in one scratch folder, in the README's order: a later one may use what an earlier one wrote.
NO_COLOR=1 awk -v program="$QUORATE" -v work="$scratch/work" '
    inside && /^```$/ { inside = 0 }
    !inside { print }
    /^```console$/ { inside = 1; next }
    inside && /^\$ / {
        print
        command = substr($0, 3)
        gsub(/(^|\| )quorate/, "&\001", command)
        gsub(/quorate\001/, program, command)
        command = "cd " work "; (" command ") 2>/dev/null"
        while ((command | getline line) > 0) print line
        close(command)
    }' README.md >"$scratch/README.md"
if [ "$1" = --write ]; then
    cp "$scratch/README.md" README.md
    exit 0
fi
# Another processor may round a last digit otherwise: decimals are not compared, nor what is rounding alone (1e-10 and less).
for file in README.md "$scratch/README.md"; do
    sed 's/\.[0-9][0-9]*//g; s/ *-\{0,1\}[0-9]e-1[0-9]/ rounding/g' "$file" >"$scratch/$(echo "$file" | tr / _).plain"
done
if ! diff -u "$scratch/README.md.plain" "$scratch"/*_README.md.plain; then
    echo "readme: the output shown is not what the program prints; tests/readme.sh --write renews it"
    exit 1
else
    echo "readme: every command shown prints what is shown"
fi
