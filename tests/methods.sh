#!/bin/sh
# docs/methods.md holds together: formulas numbered in order and once, each with a row that names a function which is in the
# file named beside it; every [methods: name] of the code explained in one place; every [Key12] resolved under Sources.
cd "$(dirname "$0")/.." || exit 3
page=docs/methods.md bad=0
complain() { bad=1; echo "methods: $1"; }
# The first header that a file includes from the tree: its own, or that of the file it is a part of.
includes() { grep -m 1 '^#include "' "$1" | cut -d'"' -f2; }

# Formulas as they stand: at the start of a line, or the last cell of a table.
defined=$(grep -oE '^\([0-9]+\.[0-9]+\)|\| \([0-9]+\.[0-9]+\) \|$' $page | tr -d '| ()')
wrong=$(echo "$defined" | awk -F. '$1 != c { c = $1; n = 0 } $2 != ++n { print "(" $0 ")"; n = $2 }')
[ -z "$wrong" ] || complain "out of order, or twice: $wrong"
# Rows of the tables.
rows=$(grep -E '^\| \([0-9]+\.[0-9]+\) \| ' $page)
for f in $defined; do
    row=$(echo "$rows" | grep -F "| ($f) |")
    name=$(echo "$row" | cut -d'`' -f2)
    file=$(echo "$row" | cut -d'`' -f4)
    source=$(echo "$row" | awk -F' \\| ' '{ print $4 }' | tr -d '|' | tr -d ' ')
    if [ "$(echo "$row" | grep -c .)" != 1 ] || [ -z "$source" ]; then
        complain "($f) has no row, or more than one, of function, file and source"
    elif ! grep -qsE "\\b$name\\(" "$file"; then
        complain "($f): no function $name in '$file'"
    elif ! grep -qs '\[methods: ' "$file" "${file%.c}.h" && ! grep -qs '\[methods: ' $(includes "$file"); then
        complain "($f): neither $file nor its header names a section, [methods: name]"
    fi
done
for f in $(grep -oE '\([1-9][0-9]?\.[1-9][0-9]?\)' $page | tr -d '()' | sort -u); do
    echo "$defined" | grep -qxF "$f" || complain "($f) is spoken of and stands nowhere"
done

# Names in the code.
for name in $(grep -rhoE '\[methods: [a-z -]+\]' risk policies pricing | sed 's/\[methods: //; s/\]//; s/ /_/g' | sort -u); do
    n=$(grep -oF "[methods: $(echo "$name" | tr _ ' ')]" $page | grep -c .)
    [ "$n" = 1 ] || complain "[methods: $(echo "$name" | tr _ ' ')] is explained $n times"
done
for key in $(grep -rhoE '\[([A-Z][A-Za-z]+[0-9]{2}|DLMF)\b' risk policies pricing $page --include='*.[ch]' --include=methods.md | tr -d '[' | sort -u); do
    grep -q "^- \[$key\]" $page || complain "[$key] is not under Sources"
done
# The printed numbers of docs/architecture.md: printed beside a text, in a file, under a field, by a function that leads to a section.
numbers=$(sed -n '/^| printed /,/^$/p' docs/architecture.md | tail -n +3)
[ "$(echo "$numbers" | grep -c .)" -ge 40 ] || complain "docs/architecture.md: numbers of a quote are missing"
echo "$numbers" | grep . | while IFS='`' read -r _ text _ printer _ field _ name _ file rest; do
    section=$(echo "$rest" | tr -d '| ')
    grep -qF "$text" "$printer" && grep -q "\b$field\b" "$printer" || echo "methods: '$text' with $field is not in $printer"
    grep -qsE "^[a-z].*\b$name\(" "$file" || echo "methods: $name is not in $file"
    grep -rqE "\b$field(\[[^]]*\])? *[+*]?= |\.$field = |\{.*\b$name\(" pricing risk policies --include='*.c' || echo "methods: nothing computes $field"
    grep -qF "[methods: $section]" $page || echo "methods: no section $section"
    grep -qs "\[methods: $section\]" "$file" "${file%.c}.h" $(includes "$file") || echo "methods: $file does not lead to $section"
done >"${TMPDIR:-/tmp}/methods.$$"
[ -s "${TMPDIR:-/tmp}/methods.$$" ] && bad=1
cat "${TMPDIR:-/tmp}/methods.$$"
rm -f "${TMPDIR:-/tmp}/methods.$$"
[ "$bad" = 0 ] && echo "methods: $(echo "$defined" | grep -c .) formulas, each with its function and source"
exit "$bad"
