#!/bin/sh
# Every row of every reference table was compared by some unit test. The argument is what those wrote of the rows they
# compared, "file:line" (tests/check.h). Rows that need a data set which is not there may be left out, and are counted. The
# tables are those of ../shared/reference, where that is.
cd "$(dirname "$0")/.." || exit 3
seen=$1
data=../shared/reference/data
[ -s "$seen" ] || { echo "reference: no test told which rows it compared"; exit 1; }
sort -u "$seen" >"$seen.sorted"
bad=0 rows=0 absent=0
for table in tests/reference/*.csv; do
    name=$(basename "$table")
    awk -v name="$name" 'NR > 1 { print name ":" NR }' "$table" | sort >"$seen.all"
    rows=$((rows + $(wc -l <"$seen.all")))
    for row in $(comm -23 "$seen.all" "$seen.sorted"); do
        if [ ! -d $data ] && sed -n "${row##*:}p" "$table" | grep -q 'data='; then
            absent=$((absent + 1))
        else
            bad=1
            echo "reference: no test compared $row: $(sed -n "${row##*:}p" "$table" | cut -c1-120)"
        fi
    done
    if [ -d ../shared/reference ] && ! cmp -s "$table" "../shared/reference/$name"; then
        bad=1
        echo "reference: $name is not that of ../shared/reference"
    fi
done
for table in ../shared/reference/*.csv; do
    [ ! -f "$table" ] || [ -f "tests/reference/$(basename "$table")" ] || { bad=1; echo "reference: $(basename "$table") is not in tests/reference"; }
done
rm -f "$seen.sorted" "$seen.all"
[ "$bad" != 0 ] || echo "reference: all $rows rows compared$([ $absent = 0 ] || echo ", but $absent whose data sets are absent")"
exit $bad
