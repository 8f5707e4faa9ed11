/* risk/base/date.h -- calendar days, UTC, proleptic Gregorian. A day is a number: 0 is 1970-01-01. */
#ifndef QUO_DATE_H
#define QUO_DATE_H

#include <stdbool.h>

#define QUO_DAYS_PER_YEAR 365.25

/* "2026-08-01" exactly; false for any other form and for days that do not exist (2026-02-29).
 * Years 1900..2199. */
bool quo_date_parse(const char *text, int *day);
void quo_date_format(int day, char buffer[11]);
int quo_date_from_civil(int year, int month, int day_of_month); /* arguments must be a real day */
void quo_date_to_civil(int day, int *year, int *month, int *day_of_month);
/* Year and share of it: 2026.5 is the middle of 2026. */
double quo_date_year(int day);
#endif
