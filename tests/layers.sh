#!/bin/sh
# Includes follow the data: risk/base <- risk <- policies <- pricing <- pricing/cmd. Each layer may
# include what stands to its left. Also: names of files are unique, and only pricing/cmd prints.
cd "$(dirname "$0")/.." || exit 3
bad=0
complain() { bad=1; printf 'layers: %s\n%s\n' "$1" "$2"; }

# forbid FOLDERS PATTERN WHY: no file below FOLDERS includes a path that matches PATTERN.
forbid() {
    hits=$(grep -rnE "^[[:space:]]*#[[:space:]]*include[[:space:]]+\"$2" $1 --include='*.c' --include='*.h' 2>/dev/null)
    [ -z "$hits" ] || complain "$3" "$hits"
}
forbid "risk/base" '(risk/[a-z_]+\.h|risk/(severity|fitting|controls)/|policies/|pricing/)' 'risk/base includes nothing of insurance'
forbid "risk" '(policies/|pricing/)' 'risk knows no policy and no price'
forbid "policies" 'pricing/' 'policies knows no price'
forbid "policies" 'risk/(severity|fitting)/' 'policies sees no severity and no fit'
forbid "policies" 'risk/(model|loss|hazard)\.h' 'policies sees no fitted model'
forbid "policies" 'risk/controls/(score|effects|signers|timelock|caps|capture)\.h' 'of the controls, policies sees only catalogue.h and protocol.h'
forbid "risk policies pricing/aggregate pricing/premium pricing/desk" 'pricing/cmd/' 'the library does not use the program'

relative=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"[^/"]+"' risk policies pricing --include='*.c' --include='*.h')
[ -z "$relative" ] || complain 'includes are written from the root' "$relative"

twice=$(find risk policies pricing -name '*.[ch]' -exec basename {} \; | sort | uniq -d)
[ -z "$twice" ] || complain 'file names are unique in the tree' "$twice"

prints=$(grep -rnE '\b(printf|puts|putchar|exit|abort)[[:space:]]*\(' risk policies pricing --include='*.c' |
         grep -v '^pricing/cmd/' | grep -vE '\b(s|f|sn|vsn|v|as|vas|vf)printf' | grep -vE '^[^:]+:[0-9]+:[[:space:]]*(/?\*|//)')
[ -z "$prints" ] || complain 'the library prints nothing and exits nowhere' "$prints"

[ "$bad" = 0 ] && echo "layers: includes point the right way"
exit "$bad"
