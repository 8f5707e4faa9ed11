#include "risk/base/memory.h"

#include <stdlib.h>

bool quo_memory_suffices(size_t bytes)
{
    void *volatile block = malloc(bytes); /* volatile: a pair of malloc and free that nobody looks at is removed */
    free(block);
    return block != NULL;
}
