#!/bin/sh
# Builds every fuzz target against a library with clang's sanitizers and runs each for FUZZ_SECONDS (60) from its corpus.
# Usage: tests/fuzz/run.sh [NAME...] (config, csv ...). BUILD is the build folder. New inputs worth keeping go to
# BUILD/fuzz/found/NAME, a crash to BUILD/fuzz/crash-NAME-*; the corpus in the tree is only read.
cd "$(dirname "$0")/../.." || exit 3
BUILD=${BUILD:-build}/fuzz
SECONDS_EACH=${FUZZ_SECONDS:-60}
command -v clang >/dev/null || { echo "fuzzing needs clang: apt-get install clang libomp-dev"; exit 3; }
SAN='-fno-sanitize-recover=all -fno-omit-frame-pointer'
make -s -j"$(nproc)" CC=clang BUILD="$BUILD" OPT='-O1 -g' EXTRA="-fsanitize=fuzzer-no-link,address,undefined $SAN" \
    "$BUILD/libquorate.a" || exit 1
libraries=$(sed -n 's/^LIBRARIES := //p' Makefile)
libs="$(pkg-config --libs $libraries) -lcsv -lm"
flags="$(pkg-config --cflags $libraries)"
failed=0
for source in tests/fuzz/fuzz_*.c; do
    name=$(basename "$source" .c)
    name=${name#fuzz_}
    if [ $# -gt 0 ]; then
        case " $* " in *" $name "*) ;; *) continue ;; esac
    fi
    clang -std=c17 -O1 -g -fopenmp -D_GNU_SOURCE -I. -I"$BUILD" $flags -fsanitize=fuzzer,address,undefined $SAN \
        -o "$BUILD/fuzz_$name" "$source" "$BUILD/libquorate.a" $libs || exit 1
    mkdir -p "$BUILD/found/$name"
    log=$BUILD/fuzz_$name.log
    if "$BUILD/fuzz_$name" -max_total_time="$SECONDS_EACH" -timeout=10 -rss_limit_mb=4096 -print_final_stats=1 \
        -artifact_prefix="$BUILD/crash-$name-" "$BUILD/found/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        cover=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
        echo "fuzz: $name: $runs inputs in $SECONDS_EACH s, $cover edges covered, no crash"
    else
        echo "fuzz: $name: FAILED, see $log"
        tail -n 30 "$log"
        failed=1
    fi
done
exit "$failed"
