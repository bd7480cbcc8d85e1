/*
 * fuzz_ical.c - iCalendar in any bytes of a streaming file: what the search finds is parsed, and mapped to an
 * event.
 */
#include <stdint.h>
#include <string.h>

#include "edb/stm.h"
#include "ical.h"
#include "map.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void object_map(const char *text, size_t size, struct pl_arena *a, struct pl_text *converters)
{
    struct pl_ical whole;
    struct pl_report report = {0};
    struct pl_mapping m = {.arena = a, .report = &report, .text = converters};
    struct pl_value value = {.raw = {(const uint8_t *)text, size}};
    struct pl_prop prop = {.tag = 0x64f00102, .pid = PidTagMimeSkeleton, .count = 1, .values = &value};
    struct pl_item item = {.key = "stm:2+0", .message_class = PL_CLASS_ICAL, .props = {.props = &prop, .count = 1}};
    struct pl_record record;
    if (pl_ical_parse(a, text, size, &whole) && pl_bag_index(&item.props, a) &&
        pl_map_item(&m, &item, &record) <= PL_LOST)
        return;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_source source;
    struct stm_search s;
    struct stm_found found;
    struct pl_arena a;
    struct pl_text *text = pl_text_new();
    pl_arena_init(&a, (size_t)32 << 20);
    pl_source_memory(&source, data, size);
    if (stm_search_init(&s, &source) && text)
        while (stm_search_next(&s, &found) == PL_OK) {
            if (!found.fault && s.text.size)
                object_map(s.text.data, s.text.size, &a, text);
            pl_arena_reset(&a);
        }
    stm_search_release(&s);
    pl_arena_release(&a);
    pl_text_free(text);
    pl_source_close(&source);
    return 0;
}
