#include "policies/clauses.h"

#include <math.h>
#include <stddef.h>
#include "policies/cover.h"

/* LMA 5564 to 5567, each with the attribution wording (A) or without (B). In order: none, then 5564A, 5564B, 5565A ... */
static const char *const codes[] = {"none",     "LMA5564A", "LMA5564B", "LMA5565A", "LMA5565B",
                                    "LMA5566A", "LMA5566B", "LMA5567A", "LMA5567B"};
#define N_CODES (sizeof codes / sizeof *codes)

void quo_clauses_init(struct quo_clauses *clauses)
{
    *clauses =
        (struct quo_clauses){.state_clause_holds = NAN, .state_sublimit = INFINITY, .secondary_sublimit = INFINITY};
}

const char *quo_clauses_code(const struct quo_clauses *clauses)
{
    if ((unsigned)clauses->state_actor > QUO_CLAUSE_5567)
        return "?";
    return clauses->state_actor == QUO_CLAUSE_NONE
               ? codes[0]
               : codes[2 * (int)clauses->state_actor - (clauses->attribution ? 1 : 0)];
}

void quo_clauses_read(const struct quo_setting *group, struct quo_clauses *clauses)
{
    quo_clauses_init(clauses);
    if (!group)
        return;
    int code = 0;
    quo_setting_word(group, "state_actor", codes, N_CODES, false, &code);
    clauses->state_actor = (enum quo_state_clause)((code + 1) / 2);
    clauses->attribution = code % 2 == 1;
    const bool holds =
        quo_setting_number(group, "state_clause_holds", 0.0, 1.0, "", false, &clauses->state_clause_holds);
    if (holds && code == 0)
        quo_setting_fault(quo_setting_child(group, "state_clause_holds"),
                          "state_actor = \"LMA5564A\" or another clause",
                          "state_clause_holds speaks of a clause that the policy does not have");
    const bool sublimit = clauses->state_actor == QUO_CLAUSE_5565;
    if (quo_setting_number(group, "state_sublimit", 0.0, QUO_LIMIT_MAX, "in the policy's currency", sublimit,
                           &clauses->state_sublimit) &&
        !sublimit)
        quo_setting_fault(quo_setting_child(group, "state_sublimit"), "state_actor = \"LMA5565A\" or \"LMA5565B\"",
                          "only LMA 5565 has a sublimit for state operations");
    const struct quo_setting *secondary = quo_setting_group(group, "secondary_losses", false);
    clauses->secondary_losses = secondary != NULL;
    if (secondary)
        quo_setting_number(secondary, "sublimit", 1.0, QUO_LIMIT_MAX, "in the policy's currency", true,
                           &clauses->secondary_sublimit);
    quo_setting_bool(group, "return_offset", false, &clauses->return_offset);
}
