#!/bin/sh
# The README shows what the program prints: every ```console block begins with "$ COMMAND" and goes on with its output.
# Without arguments: runs each command and compares (used by make test). With --write: puts the new output into the README.
cd "$(dirname "$0")/.." || exit 3
QUORATE=${QUORATE:-${BUILD:-build}/quorate}
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
NO_COLOR=1 awk -v program="$QUORATE" '
    inside && /^```$/ { inside = 0 }
    !inside { print }
    /^```console$/ { inside = 1; first = 1; next }
    inside && first && /^\$ / {
        print
        command = substr($0, 3)
        gsub(/(^|\| )quorate/, "&\001", command)
        gsub(/quorate\001/, program, command)
        command = "(" command ") 2>/dev/null"
        while ((command | getline line) > 0) print line
        close(command)
        first = 0
    }' README.md >"$scratch/README.md"
if [ "$1" = --write ]; then
    cp "$scratch/README.md" README.md
    exit 0
fi
# Another processor may round a last digit otherwise: decimals are not compared.
for file in README.md "$scratch/README.md"; do
    sed 's/\.[0-9][0-9]*//g' "$file" >"$scratch/$(echo "$file" | tr / _).plain"
done
if ! diff -u "$scratch/README.md.plain" "$scratch"/*_README.md.plain; then
    echo "readme: the output shown is not what the program prints; tests/readme.sh --write renews it"
    exit 1
else
    echo "readme: every command shown prints what is shown"
fi
