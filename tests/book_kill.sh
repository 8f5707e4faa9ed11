#!/bin/sh
# Kills a run at random moments, goes on with it, and asks for the very book that a run without a kill makes: nothing lost, nothing twice,
# every hash right. Usage: tests/book_kill.sh KILLS [POLICIES]; BUILD is the build folder.
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
done=0 finished=0 seed=${SEED:-1}
while [ $done -lt "$kills" ]; do
    "$QUORATE" reprice --quiet --resume --batch 250 killed.book &
    pid=$!
    seed=$(((seed * 1103515245 + 12345) % 2147483648))
    sleep "0.$(printf '%03d' $((seed / 65536 % 700 + 20)))"
    kill -9 $pid 2>/dev/null && done=$((done + 1)) || finished=$((finished + 1))
    wait $pid 2>/dev/null
    "$QUORATE" book verify killed.book >/dev/null || { echo "kill: the book is damaged after $done kills"; exit 1; }
done
"$QUORATE" reprice --quiet --resume --batch 250 killed.book || exit 1
"$QUORATE" book verify killed.book >/dev/null || exit 1
runs=$("$QUORATE" book show --json killed.book | grep -c '"run":')
r=1
while [ $r -le "$runs" ]; do
    "$QUORATE" book export killed.book --run $r -o got.csv
    cmp -s want.csv got.csv || { echo "kill: run $r differs from the run without a kill"; exit 1; }
    r=$((r + 1))
done
echo "kill: $done kills, $runs runs, each the same as without; the book is whole"
