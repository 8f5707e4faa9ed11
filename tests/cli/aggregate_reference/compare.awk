# Rows of a reference table, one law after the other, as calls of the program; its answers against the rows. A row holds if it is off by no
# more than the row's tolerance and the error that the program states. -v program=...
function option(list, key,    n, part, i) { n = split(list, part, ";"); for (i = 1; i <= n; i++) if (index(part[i], key "=") == 1) return substr(part[i], length(key) + 2); return "" }
function pairs(list, prefix,    n, part, i, out) {
    n = split(list, part, ";"); out = ""
    for (i = 1; i <= n; i++)
        if (prefix == "sev." && index(part[i], "sev.") == 1) out = out "," substr(part[i], 5)
        else if (prefix == "" && part[i] ~ /^(lambda|size|prob|p0)=/) out = out "," part[i]
    return substr(out, 2)
}
function call(params,    f, s, k, n, part, out) {
    f = option(params, "frequency"); s = option(params, "severity")
    n = split(params, part, ";")
    for (k = 1; k <= n; k++) { if (part[k] ~ /^p0\.\./) f = f ":" part[k]; if (part[k] ~ /^unit=/) s = s ":" part[k]; if (part[k] ~ /^f1\.\./) s = s "," part[k] }
    if (f != "" && f !~ /:/) f = f ":" pairs(params, "")
    if (s !~ /:/) s = s ":" pairs(params, "sev.")
    out = program " aggregate --json --quiet --frequency " f " --severity " s
    if ((k = option(params, "attachment")) != "") out = out " --deductible " k
    if ((k = option(params, "limit")) != "") out = out " --limit " k
    if ((k = option(params, "aggregate_deductible")) != "") out = out " --annual-deductible " k
    if ((k = option(params, "reinstatements")) != "") out = out " --reinstatements " option(params, "reinstatement_rate") (k == 2 ? "/" option(params, "reinstatement_rate") : "")
    if ((k = option(params, "method")) != "") out = out " --discretisation " k " --step " option(params, "step") " --top " option(params, "top")
    return out
}
# Runs what is gathered and compares, in order.
function finish(    line, i, got, error, bad) {
    if (asked == "") return
    while (((asked) | getline line) > 0) {
        if (line ~ /^  "[a-z_]*": [-0-9.e+nul]+,?$/) { split(line, piece, /[":, ]+/); top[piece[2]] = piece[3] }
        if (line ~ /"value":/) { split(line, piece, /[":, ]+/); value[++answers] = piece[3] }
        if (line ~ /"error":/) { split(line, piece, /[":, ]+/); stated[answers] = piece[3] }
    }
    close(asked)
    for (i = 1; i <= n; i++) {
        got = place[i] ? value[place[i]] : top[quantity[i]]
        error = place[i] ? stated[place[i]] : top["discretisation_error"] * want[i]
        if (quantity[i] == "probability_zero") error = 0
        bad = got - want[i]; if (bad < 0) bad = -bad
        if (want[i] == "inf" ? got != "null" : got == "" || !(bad <= tol[i] * (want[i] < 0 ? -want[i] : want[i]) + 1.001 * error + 1e-15)) { print wrong[i] ": got " got " +- " error ", not " want[i]; failed++ }
        checked++
    }
    n = answers = options = 0; asked = ""; split("", value); split("", stated); split("", top)
}
BEGIN { FS = "," }
FNR == 1 || $3 ~ /^model=/ { next }
# These are not the program's, or speak of another law than the row's case.
$2 == "severity_pmf" || $2 == "cte_strict" { skipped++; next }
{
    key = $3 ($2 == "aggregate_layer_mean" ? $4 : "")
    if (key != last) finish()
    last = key
    if (asked == "") {
        asked = call($3)
        if ($2 == "aggregate_layer_mean") asked = asked " --annual-deductible " option($4, "aggregate_deductible") " --annual-limit " option($4, "aggregate_limit")
    }
    quantity[++n] = $2 == "aggregate_layer_mean" ? "mean" : $2; want[n] = $5; tol[n] = $6; place[n] = 0
    wrong[n] = FILENAME ":" FNR ": " $1 " " $2 " " $4
    if ($2 ~ /^(var|tvar|sf|cdf|pmf|density|stoploss)$/) { split($4, arg, "="); asked = asked " --" ($2 == "pmf" ? "mass" : $2) " " arg[2]; place[n] = ++options }
}
END { finish(); print checked " rows checked, " skipped + 0 " not the program's, " failed + 0 " wrong" }
