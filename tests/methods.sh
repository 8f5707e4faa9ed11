#!/bin/sh
# docs/methods.md holds together: formulas numbered in order and once, each with a row that names a function which is in the
# file named beside it; every [methods: name] of the code explained in one place; every [Key12] resolved under Sources.
cd "$(dirname "$0")/.." || exit 3
page=docs/methods.md bad=0
complain() { bad=1; echo "methods: $1"; }

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
[ "$bad" = 0 ] && echo "methods: $(echo "$defined" | grep -c .) formulas, each with its function and source"
exit "$bad"
