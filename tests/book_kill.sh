#!/bin/sh
# Kills a run at random moments, goes on with it, and asks for the very book that a run without a kill makes: nothing lost, nothing twice,
# every hash right. Tables without a book the same: a third of the kills are theirs. Usage: tests/book_kill.sh KILLS [POLICIES]; BUILD is the build folder.
cd "$(dirname "$0")/.." || exit 3
case ${BUILD:-build} in
/*) QUORATE=$BUILD/quorate ;;
*) QUORATE=$(pwd)/${BUILD:-build}/quorate ;;
esac
kills=${1:-10} policies=${2:-3000}
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 3
"$QUORATE" book sample --policies "$policies" --protocols 20 --seed 5 -o s
for b in plain killed; do
    "$QUORATE" book init $b.book && "$QUORATE" --version >/dev/null
    "$QUORATE" book import $b.book --quiet --protocols s/protocols.csv --policies s/policies.csv || exit 3
done
"$QUORATE" reprice --quiet plain.book || exit 3
"$QUORATE" book export plain.book --run 1 -o want.csv

# kill_some KILLS CHECK COMMAND...: runs the command and kills it until so many kills have hit it; CHECK must hold after each.
done=0 seed=${SEED:-1}
kill_some() {
    until=$((done + $1)) check=$2
    shift 2
    while [ $done -lt $until ]; do
        "$@" &
        pid=$!
        seed=$(((seed * 1103515245 + 12345) % 2147483648))
        sleep "0.$(printf '%03d' $((seed / 65536 % 700 + 20)))"
        kill -9 $pid 2>/dev/null && done=$((done + 1))
        wait $pid 2>/dev/null
        $check || { echo "kill: damage after $done kills"; exit 1; }
    done
}
book_is_whole() { "$QUORATE" book verify killed.book >/dev/null; }
file_is_whole() { [ ! -e got.csv ] || cmp -s want.csv got.csv; }
of_tables=$((kills / 3))
kill_some $((kills - of_tables)) book_is_whole "$QUORATE" reprice --quiet --resume --batch 250 killed.book
"$QUORATE" reprice --quiet --resume --batch 250 killed.book || exit 1
book_is_whole || exit 1
runs=$("$QUORATE" book show --json killed.book | grep -c '"run":')
r=1
while [ $r -le "$runs" ]; do
    "$QUORATE" book export killed.book --run $r -o got.csv
    cmp -s want.csv got.csv || { echo "kill: run $r differs from the run without a kill"; exit 1; }
    r=$((r + 1))
done
rm got.csv
kill_some $of_tables file_is_whole "$QUORATE" reprice --quiet --resume --batch 250 --protocols s/protocols.csv s/policies.csv -o got.csv
"$QUORATE" reprice --quiet --resume --batch 250 --protocols s/protocols.csv s/policies.csv -o got.csv && cmp -s want.csv got.csv ||
    { echo "kill: the table of prices differs from that of a run without a kill"; exit 1; }
echo "kill: $done kills, $runs runs, each the same as without; the book is whole, and so is the table of prices"
