#!/bin/sh
# Quotes the cases of fixtures/cases side by side, and checks what must be so whatever the numbers are: every weak arrangement
# scores worse than the well-run counterpart, costs more a dollar of limit, and is declined; the counterpart is quoted.
# BUILD is the build folder. The table is the program's own (`quorate quote` with several files).
cd "$(dirname "$0")/.." || exit 3
QUORATE=${QUORATE:-${BUILD:-build}/quorate}
[ -x "$QUORATE" ] || { echo "cases: $QUORATE is not built; run make"; exit 3; }

table=$("$QUORATE" quote --quiet fixtures/cases/*.policy.cfg) || exit 1
printf '%s\n\n' "$table"
echo "Terms are the same for all, relative to the exposure (fixtures/cases/README.md). 'code misses' is the share of the expected loss"
echo "that a cover for code alone would not see."
echo

scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
for file in fixtures/cases/*.policy.cfg; do
    "$QUORATE" quote --json --quiet --draws 0 "$file" >"$scratch/$(basename "$file" .policy.cfg)" || exit 1
done
# What stands at the top of a quote's JSON (two blanks deep), by its key; the overall score stands one deeper.
number() { sed -n "s/^  \"$2\": \([-0-9.e+]*\),*\$/\1/p" "$scratch/$1" | head -n 1; }
word() { sed -n "s/^  \"$2\": \"\([a-z]*\)\",*\$/\1/p" "$scratch/$1" | head -n 1; }
score() { sed -n 's/^    "overall": \([-0-9.e+]*\),*$/\1/p' "$scratch/$1" | head -n 1; }

best_score=$(score counterpart) best_rate=$(number counterpart rate_on_line) bad=0
for name in $(ls "$scratch"); do
    decision=$(word "$name" decision)
    if [ "$name" = counterpart ]; then
        [ "$decision" = quote ] || { echo "cases: the counterpart is not quoted: $decision"; bad=1; }
        continue
    fi
    [ "$decision" = decline ] || { echo "cases: $name is not declined: $decision"; bad=1; }
    awk -v s="$(score "$name")" -v b="$best_score" 'BEGIN { exit !(s != "" && b != "" && s < b) }' ||
        { echo "cases: $name does not score below the counterpart"; bad=1; }
    awk -v r="$(number "$name" rate_on_line)" -v b="$best_rate" 'BEGIN { exit !(r != "" && b != "" && r > b) }' ||
        { echo "cases: $name does not cost more than the counterpart"; bad=1; }
done
[ "$bad" = 0 ] && echo "cases: all six are declined, score below the counterpart and cost more; the counterpart is quoted"
exit "$bad"
