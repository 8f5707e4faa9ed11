/* risk/base/scan_parts.h -- the state of a scan, shared by scan.c (structure: groups, lists, includes) and scan_values.c (texts,
 * numbers, words) alone. A scan reads the bytes of a file and puts what libconfig is to read in their place into the source. */
#ifndef QUO_SCAN_PARTS_H
#define QUO_SCAN_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "risk/base/scan.h"

enum quo_scan_state {
    QUO_SCAN_NAME,    /* in a group: a name, an include or the end of the group */
    QUO_SCAN_EQUALS,  /* after a name */
    QUO_SCAN_VALUE,   /* after '=' */
    QUO_SCAN_AFTER,   /* after a value in a group: a separator or what QUO_SCAN_NAME takes */
    QUO_SCAN_ELEMENT, /* in a list: a value or the end of the list */
    QUO_SCAN_NEXT     /* after an element: a comma or the end of the list */
};

struct quo_scan_name {
    const char *text;
    size_t length;
    uint32_t hash;
    int file, line;
};

struct quo_scan_frame {
    char open; /* '{', '(' or '['; 0 for the top of the file */
    int file, line;
    struct quo_scan_name self;
    struct quo_scan_name *name; /* those seen in this group, name[n] */
    size_t n, room;
    size_t elements;
};

struct quo_scanner {
    struct quo_source *source;
    struct quo_scan_frame frame[QUO_SOURCE_MAX_DEPTH + 1];
    int depth;
    enum quo_scan_state state;
    bool after_text;           /* the last token was a text: another one is joined to it */
    bool after_number;         /* the last tokens were a number and a comma */
    size_t comma;              /* where the last comma between elements stands in source->text */
    struct quo_scan_name last; /* the last name, for messages */
    size_t repeated;
    char *kept[QUO_SOURCE_MAX_FILES]; /* bytes of includes: names point into them */
    size_t n_kept;
};

/* A file being scanned. */
struct quo_scan_cursor {
    const char *at, *end;
    int file, line;
    int depth; /* of the frames when the file began */
    bool includes;
    int nested;
    unsigned long long device, inode;
    const struct quo_scan_cursor *parent;
};

/* A fault at the cursor after which the scan goes on. */
#define QUO_SCAN_TELL(s, c, hint, ...)                                                                                 \
    ((s)->source->told = true, (void)quo_faults_add((s)->source->faults, QUO_REFUSED, quo_scan_path(s, (c)->file),     \
                                                    (c)->line, hint, __VA_ARGS__))
/* A fault that ends it. */
#define QUO_SCAN_STOP(s, c, hint, ...) (QUO_SCAN_TELL(s, c, hint, __VA_ARGS__), QUO_REFUSED)

const char *quo_scan_path(const struct quo_scanner *s, int file);
void quo_scan_put(struct quo_scanner *s, const char *text);
/* In place of a value whose fault has been told. */
void quo_scan_put_told(struct quo_scanner *s);
int quo_scan_shown(size_t n); /* how many of n characters a message shows */
/* Enters a name in its group; one that is there already gets a name of its own that no reader asks for. */
enum quo_status quo_scan_enter_name(struct quo_scanner *s, const struct quo_scan_cursor *c, const char *text, size_t n);
/* What must be true before a value, text or bracket that begins at the cursor; and what is after it. */
enum quo_status quo_scan_begin_value(struct quo_scanner *s, const struct quo_scan_cursor *c);
void quo_scan_end_value(struct quo_scanner *s, bool text);

static inline bool quo_scan_is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static inline bool quo_scan_is_digit(char c) { return c >= '0' && c <= '9'; }

/* One token at the cursor, which moves behind it. */
enum quo_status quo_scan_take_text(struct quo_scanner *s, struct quo_scan_cursor *c);
enum quo_status quo_scan_take_number(struct quo_scanner *s, struct quo_scan_cursor *c);
enum quo_status quo_scan_take_word(struct quo_scanner *s, struct quo_scan_cursor *c);
#endif
