#include "pricing/book/bookdetail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookresult.h"
#include "risk/base/text.h"

static void put(struct quo_booktext *to, const char *text) { quo_booktext_add(to, text, strlen(text)); }

static void put_text(struct quo_booktext *to, const char *text)
{
    put(to, "\"");
    for (const char *from = text; *from;) {
        size_t plain = 0;
        while ((unsigned char)from[plain] >= 0x20 && from[plain] != '"' && from[plain] != '\\')
            plain++;
        quo_booktext_add(to, from, plain);
        from += plain;
        if (!*from)
            break;
        static const char shorter[] = "\b\f\n\r\t\"\\", letter[] = "bfnrt\"\\";
        const char *known = strchr(shorter, *from);
        char escape[8];
        quo_text_print(escape, sizeof escape, known ? "\\%c" : "\\u%04X", known ? letter[known - shorter] : *from);
        put(to, escape);
        from++;
    }
    put(to, "\"");
}

/* A real that a reader knows for one: "12.0", "1e-5". */
static void put_real(struct quo_booktext *to, double value)
{
    char text[40];
    quo_text_general(value, 15, text);
    char *e = strchr(text, 'e');
    if (!e && !strchr(text, '.'))
        strcat(text, ".0");
    if (e) {
        char *from = e + 1 + (e[1] == '+' || e[1] == '-'), *into = e + 1 + (e[1] == '-');
        while (*from == '0')
            from++;
        memmove(into, from, strlen(from) + 1);
    }
    put(to, text);
}

/* Figures by their level; one that is no number is left out. */
static void put_levels(struct quo_booktext *to, const double *level, const double *value)
{
    const char *between = "{\"";
    char name[32];
    for (int i = 0; i < QUO_QUOTE_LEVELS; i++) {
        if (!isfinite(value[i]))
            continue;
        quo_text_general(level[i], 6, name);
        put(to, between);
        put(to, name);
        put(to, "\":");
        put_real(to, value[i]);
        between = ",\"";
    }
    put(to, *between == '{' ? "{}" : "}");
}

char *quo_bookdetail_of(const struct quo_quote *q)
{
    struct quo_booktext to = {0};
    double level[QUO_QUOTE_LEVELS], var[QUO_QUOTE_LEVELS], tvar[QUO_QUOTE_LEVELS];
    for (int i = 0; i < QUO_QUOTE_LEVELS; i++) {
        level[i] = q->quantile[i].level;
        var[i] = q->quantile[i].var;
        tvar[i] = q->quantile[i].tvar;
    }
    put(&to, "{\"payout_probability\":");
    put_real(&to, q->payout_probability);
    put(&to, ",\"risk_load\":");
    put_real(&to, q->risk_load);
    put(&to, ",\"annual_limit\":");
    if (isinf(q->annual_limit))
        put(&to, "null");
    else
        put_real(&to, q->annual_limit);
    put(&to, ",\"var\":");
    put_levels(&to, level, var);
    put(&to, ",\"tvar\":");
    put_levels(&to, level, tvar);
    put(&to, ",\"walk\":[");
    for (size_t i = 0; i < q->n_steps; i++) {
        put(&to, i ? ",[" : "[");
        put_text(&to, q->step[i].name);
        put(&to, ",");
        put_real(&to, (double)q->step[i].cents / 100.0);
        put(&to, "]");
    }
    quo_booktext_add(&to, "]}", 3); /* with its end */
    char *text = to.failed ? NULL : strdup(to.text);
    quo_booktext_free(&to);
    return text;
}
