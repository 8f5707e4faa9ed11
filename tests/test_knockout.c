/* Each knock-out: met where it ought to be, and not beside it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "risk/controls/score.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

static bool knocked(const struct quo_score *s, const char *id, bool decline)
{
    for (size_t i = 0; i < s->n_knockouts; i++)
        if (strcmp(s->knockout[i].id, id) == 0 && s->knockout[i].decline == decline)
            return true;
    return false;
}

static void each_knockout_is_met_once(void **state)
{
    (void)state;
    static const struct {
        const char *id, *body;
        bool decline;
    } met[] = {
        {"KO1",
         "signer_sets = ( { id = \"s\"; purpose = [\"mint\"]; threshold = 1; signers = ( { id = "
         "\"a\"; }, { id = \"b\"; } ); } );",
         true},
        {"KO1", "answers = ( { control = \"SD-01\"; level = 0; evidence = 3; } );", true},
        {"KO1", "", false},
        {"KO2",
         "bridge = true; signer_sets = ( { id = \"s\"; purpose = [\"bridge_messages\"]; threshold "
         "= 1; signers = ( { id = \"a\"; } ); } );",
         true},
        {"KO2", "bridge = true;", false},
        /* Several who are one: by a group that always takes all, and by one person. */
        {"KO2",
         "bridge = true; groups = ( { id = \"org:all\"; lethality = 1.0; } ); signer_sets = ( { id = \"s\"; purpose = "
         "[\"bridge_messages\"]; threshold = 2; signers = ( { id = \"a\"; groups = [\"org:all\"]; }, { id = \"b\"; groups = "
         "[\"org:all\"]; }, { id = \"c\"; } ); } );",
         true},
        {"KO1",
         "signer_sets = ( { id = \"s\"; purpose = [\"mint\"]; threshold = 2; signers = ( { id = \"a\"; groups = [\"person:bob\"]; }, "
         "{ id = \"b\"; groups = [\"person:bob\"]; }, { id = \"c\"; } ); } );",
         true},
        /* What is said not to apply is seen, and not declined. */
        {"KO1", "answers = ( { control = \"SD-01\"; not_applicable = true; reason = \"x\"; } );", false},
        {"KO4", "answers = ( { control = \"GA-04\"; not_applicable = true; reason = \"x\"; } );", false},
        {"KO7", "answers = ( { control = \"CE-06\"; not_applicable = true; reason = \"x\"; } );", false},
        {"KO3",
         "delays = ( { id = \"d\"; powers = [\"upgrade\"]; delay_hours = 0.0; } ); signer_sets = ( "
         "{ id = \"s\"; purpose = [\"upgrade\"]; threshold = 2; signers = ( { "
         "id = \"a\"; }, { id = \"b\"; }, { id = \"c\"; }, { id = \"d\"; }, { id = \"e\"; } ); } "
         ");",
         true},
        {"KO4", "answers = ( { control = \"GA-04\"; level = 1; evidence = 3; } );", false},
        {"KO5",
         "answers = ( { control = \"IR-01\"; level = 0; evidence = 3; }, { control = \"GA-06\"; "
         "level = 0; evidence = 3; } );",
         true},
        {"KO5", "", false},
        {"KO6", "answers = ( { control = \"VI-01\"; level = 1; evidence = 3; } );", false},
        {"KO7", "answers = ( { control = \"CE-06\"; level = 0; evidence = 3; } );", false},
        {"KO9", "answers = ( { control = \"GA-01\"; level = 3; evidence = 0; } );", false},
        {"KO10", "dependencies = ( { kind = \"cloud\"; vendor = \"x\"; accumulated_usd = 2e8; } );", false},
    };
    static const struct {
        const char *id, *body;
    } not_met[] = {
        {"KO1", "signer_sets = ( { id = \"s\"; purpose = [\"mint\"]; threshold = 2; signers = ( { "
                "id = \"a\"; }, { id = \"b\"; }, { id = \"c\"; } ); } );"},
        {"KO1", "signer_sets = ( { id = \"s\"; purpose = [\"move\"]; threshold = 1; reach_share = "
                "0.01; signers = ( { id = \"a\"; } ); } );"},
        {"KO1", "signer_sets = ( { id = \"s\"; purpose = [\"mint\"]; threshold = 2; signers = ( { id = \"a\"; groups = [\"person:bob\"]; }, "
                "{ id = \"b\"; groups = [\"org:x\"]; }, { id = \"c\"; groups = [\"org:x\"]; } ); } );"},
        {"KO2", ""},
        {"KO3", "delays = ( { id = \"d\"; powers = [\"upgrade\"]; delay_hours = 24.0; } ); signer_sets = "
                "( { id = \"s\"; purpose = [\"upgrade\"]; threshold = 2; signers = ( { "
                "id = \"a\"; }, { id = \"b\"; }, { id = \"c\"; }, { id = \"d\"; }, { id = \"e\"; } ); } "
                ");"},
        {"KO4", "answers = ( { control = \"GA-04\"; level = 2; evidence = 3; } );"},
        {"KO5", "answers = ( { control = \"IR-01\"; level = 2; evidence = 3; } );"},
        {"KO6", "answers = ( { control = \"VI-01\"; level = 3; evidence = 3; } );"},
        {"KO7", "answers = ( { control = \"CE-06\"; level = 1; evidence = 3; } );"},
        {"KO8", ""}, /* 50 M USD is not above 50 M USD */
        {"KO9", "answers = ( { control = \"GA-01\"; level = 3; evidence = 1; } );"},
        {"KO10", "dependencies = ( { kind = \"cloud\"; vendor = \"x\"; } );"},
    };
    for (size_t i = 0; i < sizeof met / sizeof *met; i++) {
        struct quo_protocol *p = kit_read(&kit, met[i].body);
        struct quo_score *s = kit_score(&kit, p);
        if (!knocked(s, met[i].id, met[i].decline))
            fail_msg("%s is not met (%s) by: %s", met[i].id, met[i].decline ? "decline" : "refer", met[i].body);
        quo_score_free(s);
        quo_protocol_free(p);
    }
    for (size_t i = 0; i < sizeof not_met / sizeof *not_met; i++) {
        struct quo_protocol *p = kit_read(&kit, not_met[i].body);
        struct quo_score *s = kit_score(&kit, p);
        if (knocked(s, not_met[i].id, true) ||
            knocked(s, not_met[i].id, strcmp(not_met[i].id, "KO1") == 0 ? true : false))
            fail_msg("%s is met by: %s", not_met[i].id, not_met[i].body);
        quo_score_free(s);
        quo_protocol_free(p);
    }
    struct quo_protocol *p = kit_read(&kit, "answers = ( { control = \"MO-01\"; level = 2; evidence = 3; } );");
    p->exposure_usd = 51e6;
    struct quo_score *s = kit_score(&kit, p);
    assert_true(knocked(s, "KO8", false));
    quo_score_free(s);
    quo_protocol_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_knockout_is_met_once),
    };
    return cmocka_run_group_tests(tests, kit_set_up, kit_tear_down);
}
