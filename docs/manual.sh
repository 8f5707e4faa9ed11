#!/bin/sh
# Writes the manual pages from the program's own help: usage docs/manual.sh PROGRAM FOLDER. quorate.1, and quorate-NAME.1 for
# every command that `quorate help` lists. Called by the Makefile; each page says what the program says, no more and no less.
program=$1 folder=$2
[ -x "$program" ] && [ -d "$folder" ] || { echo "usage: $0 PROGRAM FOLDER" >&2; exit 2; }
version=$("$program" --version | cut -d' ' -f2)
list=$("$program" help) || exit 3
# NAME<tab>LINE of every command, in the order of the list.
commands=$(echo "$list" | sed -n 's/^  \([a-z][a-z]*\)  *\(.*\)$/\1	\2/p')

# roff takes '\' for an escape, '-' for a hyphen and a '.' at the beginning for a request.
roff='function roff(s) { gsub(/\\/, "\\e", s); gsub(/-/, "\\-", s); if (s ~ /^[.\x27]/) s = "\\&" s; return s }'

page() { # page NAME LINE <help text
    printf '.\\" Written by docs/manual.sh from the help of the program.\n'
    printf '.TH "%s" 1 "" "quorate %s" "Quorate"\n.SH NAME\n%s \\- %s\n' "$(echo "$1" | tr a-z A-Z)" "$version" "$1" "$2"
    awk "$roff"'
        function section(name) { if (plain) print ".fi"; plain = 0; fresh = 1; print ".SH " name }
        function as_is() { if (!plain) { if (!fresh) print ".PP"; print ".nf" } plain = 1; fresh = 0 }
        FNR == 1 { section("SYNOPSIS"); as_is(); sub(/^usage: /, "") ; print roff($0); usage = 1; next }
        usage && /^ +[^ ]/ { sub(/^ +/, ""); print roff($0); next }
        usage { usage = 0; section("DESCRIPTION"); text = 1; next }
        /^examples?(:|$)/ { section("EXAMPLES"); as_is(); text = 0; sub(/^examples?:? */, ""); if ($0 != "") print roff($0); next }
        text && /^$/ { gap = 1; next }
        text && gap && /^[^ ]/ { print ".PP" }
        { gap = 0 }
        # Prose fills; what is indented, and the line that leads to it, stands as it is.
        text && /^[^ ]/ { fresh = 0; print roff($0); next }
        text && /^ / { as_is(); text = 0 }
        /^[^ ]/ && plain && blank { print ".fi"; print ".PP"; plain = 0; text = 1; print roff($0); blank = 0; next }
        { blank = $0 == ""; as_is(); print roff($0) }
        END { if (plain) print ".fi" }'
    printf '.SH "SEE ALSO"\n'
}

echo "$commands" | while IFS='	' read -r name line; do
    { "$program" help "$name" | page "quorate-$name" "$line"; echo '.BR quorate (1)'; } >"$folder/quorate-$name.1" || exit 3
done

{
    printf '.\\" Written by docs/manual.sh from the help of the program.\n'
    printf '.TH QUORATE 1 "" "quorate %s" "Quorate"\n.SH NAME\nquorate \\- %s\n' "$version" "$(echo "$list" | sed -n '1s/^[^:]*: //p')"
    printf '.SH SYNOPSIS\n.B quorate\n.I COMMAND\n[\\fIOPTIONS\\fR] \\fIFILE\\fR...\n.br\n.B quorate help\n[\\fICOMMAND\\fR]\n.br\n.B quorate \\-\\-version\n'
    printf '.SH DESCRIPTION\nFits losses to real incidents, scores the controls and the signers of one protocol as loss ratios, and turns both into a premium\n'
    printf 'of which every number can be traced to data, a publication or a named judgement.\n.SH COMMANDS\n'
    echo "$commands" | while IFS='	' read -r name line; do
        printf '.TP\n.BR quorate\\-%s (1)\n' "$name"
        echo "$line" | awk "$roff"'{ print roff($0) }'
    done
    printf '.SH OPTIONS\nOf every command:\n.TP\n.B \\-\\-json\nOne JSON document on standard output, numbers at full precision.\n'
    printf '.TP\n.B \\-\\-quiet\nNo warnings, no progress.\n.TP\n.B \\-\\-help\nAll about the command.\n.PP\nA file named \\- is standard input.\n'
    printf '.SH "EXIT STATUS"\n.TP\n0\nDone. A decision to refer or decline is a result.\n.TP\n1\nThe input was refused: every fault is told with file, line and what would be right.\n'
    printf '.TP\n2\nWrong usage.\n.TP\n3\nThe machine failed; nothing half\\-written is left behind.\n'
    printf '.SH ENVIRONMENT\n.TP\n.B NO_COLOR\nNo colour, also on a terminal.\n.TP\n.B OMP_NUM_THREADS\nThreads. Results do not depend on it.\n'
    printf '.SH FILES\n.TP\n.I PREFIX/share/quorate/fixtures\nIncidents, market, control catalogue, fitted model, examples. What the program needs is embedded in it.\n'
    printf '.TP\n.I PREFIX/share/doc/quorate\nThe README, the methods with every formula, the formats of all files.\n.SH "SEE ALSO"\n'
    echo "$commands" | cut -f1 | sed 's/.*/.BR quorate\\-& (1)/; $!s/$/ ,/'
} >"$folder/quorate.1" || exit 3
