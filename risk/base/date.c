#include "risk/base/date.h"

#include <stdio.h>
#include <stddef.h>

static bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* The year is taken to begin in March, so that the leap day is its last one: then the days before a month
 * are a straight line, (153 m + 2) / 5, and 400 years have 146097 days. */
int quo_date_from_civil(int year, int month, int day_of_month)
{
    const int y = year - (month <= 2);
    const int era = (y >= 0 ? y : y - 399) / 400;
    const int year_of_era = y - era * 400;
    const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day_of_month - 1;
    const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468; /* 0000-03-01 to 1970-01-01 */
}

void quo_date_to_civil(int day, int *year, int *month, int *day_of_month)
{
    const int z = day + 719468;
    const int era = (z >= 0 ? z : z - 146096) / 146097;
    const int day_of_era = z - era * 146097;
    const int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int m = (5 * day_of_year + 2) / 153;
    *day_of_month = day_of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = year_of_era + era * 400 + (*month <= 2);
}

/* n digits as a number, -1 if one of them is none. */
static int digits(const char *text, int n)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = 10 * value + (text[i] - '0');
    }
    return value;
}

bool quo_date_parse(const char *text, int *day)
{
    if (!text)
        return false;
    const int year = digits(text, 4);
    if (year < 1900 || year > 2199 || text[4] != '-')
        return false;
    const int month = digits(text + 5, 2);
    if (month < 1 || month > 12 || text[7] != '-')
        return false;
    const int day_of_month = digits(text + 8, 2);
    if (day_of_month < 1 || day_of_month > days_in_month(year, month) || text[10] != '\0')
        return false;
    *day = quo_date_from_civil(year, month, day_of_month);
    return true;
}

void quo_date_format(int day, char buffer[11])
{
    int year, month, day_of_month;
    quo_date_to_civil(day, &year, &month, &day_of_month);
    if (year < 0 || year > 9999) /* beyond what any reader gives; the buffer holds four digits */
        year = year < 0 ? 0 : 9999;
    buffer[0] = (char)('0' + year / 1000);
    buffer[1] = (char)('0' + year / 100 % 10);
    buffer[2] = (char)('0' + year / 10 % 10);
    buffer[3] = (char)('0' + year % 10);
    buffer[4] = buffer[7] = '-';
    buffer[5] = (char)('0' + month / 10);
    buffer[6] = (char)('0' + month % 10);
    buffer[8] = (char)('0' + day_of_month / 10);
    buffer[9] = (char)('0' + day_of_month % 10);
    buffer[10] = '\0';
}

double quo_date_year(int day)
{
    int year, month, day_of_month;
    quo_date_to_civil(day, &year, &month, &day_of_month);
    const int first = quo_date_from_civil(year, 1, 1);
    return year + (double)(day - first) / (is_leap(year) ? 366.0 : 365.0);
}
