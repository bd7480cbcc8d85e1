/*
 * page.c - the frame of the report: head, style, and what the parts have in common. See page.h.
 */
#include "page.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"
#include "text.h"

#define DATA_MOST ((size_t)1 << 30)

static const char sheet[] =
#include "style.inc"
    ;

const char *const pl_weekdays[7] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
const char *const pl_months[12] = {"January", "February", "March",     "April",   "May",      "June",
                                   "July",    "August",   "September", "October", "November", "December"};

/* --- shared ----------------------------------------------------------------------------------- */

void pl_part_section(struct pl_page *h, const char *id, const char *title)
{
    pl_page_open(h, "section", "id", id, NULL);
    pl_page_element(h, "h2", NULL, title);
}

void pl_part_table(struct pl_page *h, const char *class_name, const char *caption, const char *const *heads)
{
    pl_page_open(h, "div", "class", "scroll", "role", "group", "tabindex", "0", "aria-label", caption, NULL);
    pl_page_open(h, "table", "class", class_name, NULL);
    pl_page_open(h, "caption", NULL);
    pl_page_element(h, "span", NULL, caption);
    pl_page_close(h, "caption");
    pl_page_open(h, "thead", NULL);
    pl_page_open(h, "tr", NULL);
    for (; *heads; heads++) { /* '#' before a head: numbers */
        bool number = **heads == '#';
        pl_page_open(h, "th", "scope", "col", "class", number ? "n" : NULL, NULL);
        pl_page_text(h, *heads + number);
        pl_page_close(h, "th");
    }
    pl_page_close(h, "tr");
    pl_page_close(h, "thead");
    pl_page_open(h, "tbody", NULL);
}

void pl_part_table_end(struct pl_page *h)
{
    pl_page_close(h, "tbody");
    pl_page_close(h, "table");
    pl_page_close(h, "div");
}

/* Wide characters count twice: nobody knows the font, and a label too short is better than one over another. */
void pl_part_label(struct pl_page *h, const char *class_name, int x, int y, const char *text, size_t most)
{
    char cut[160], place[2][16];
    size_t size = 0, columns = 0, left = strlen(text), used = 0;
    while (size < left && size < sizeof cut - 8) {
        uint32_t c = pl_utf8_next((const uint8_t *)text + size, left - size, &used);
        columns += c >= 0x1100 ? 2 : 1;
        if (columns > most || size + used > sizeof cut - 8)
            break;
        size += used;
    }
    snprintf(cut, sizeof cut, "%.*s%s", (int)size, text, size < left ? "\xe2\x80\xa6" : "");
    snprintf(place[0], sizeof place[0], "%d", x);
    snprintf(place[1], sizeof place[1], "%d", y);
    pl_page_open(h, "text", "class", class_name, "x", place[0], "y", place[1], NULL);
    pl_page_text(h, cut);
    pl_page_close(h, "text");
}

/* --- head ---------------------------------------------------------------------------------------- */

static void head(struct pl_page *h)
{
    unsigned char hash[SHA256_DIGEST_LENGTH], base64[4 * (SHA256_DIGEST_LENGTH / 3 + 1) + 1];
    char policy[256];
    if (!SHA256((const unsigned char *)sheet, sizeof sheet - 1, hash)) {
        h->out.failed = true;
        return;
    }
    EVP_EncodeBlock(base64, hash, sizeof hash);
    snprintf(policy, sizeof policy,
             "default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'", (char *)base64);
    pl_page_open(h, "head", NULL);
    pl_page_empty(h, "meta", "charset", "utf-8", NULL);
    pl_page_empty(h, "meta", "http-equiv", "Content-Security-Policy", "content", policy, NULL);
    pl_page_empty(h, "meta", "name", "viewport", "content", "width=device-width, initial-scale=1", NULL);
    pl_page_empty(h, "meta", "name", "color-scheme", "content", "light dark", NULL);
    pl_page_empty(h, "meta", "name", "referrer", "content", "no-referrer", NULL);
    pl_page_element(h, "title", NULL, "Conversion report");
    pl_page_style(h, sheet);
    pl_page_close(h, "head");
}

/* --- body ----------------------------------------------------------------------------------------- */

static const struct {
    const char *id, *title;
} contents[] = {{"#outcome", "What was converted"},      {"#people", "Mailboxes"},
                {"#sharing", "Who sees whose calendar"}, {"#unknown", "People unresolved"},
                {"#busy", "Published busy time"},        {"#targets", "What other systems can carry"},
                {"#sources", "Where it comes from"}};

static void navigation(struct pl_page *h)
{
    pl_page_open(h, "nav", "aria-label", "Contents", NULL);
    pl_page_open(h, "ul", NULL);
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        pl_page_open(h, "li", NULL);
        pl_page_open(h, "a", "href", contents[i].id, NULL);
        pl_page_text(h, contents[i].title);
        pl_page_close(h, "a");
        pl_page_close(h, "li");
    }
    pl_page_close(h, "ul");
    pl_page_close(h, "nav");
}

static void body(struct pl_page *h, struct data *d)
{
    pl_page_open(h, "body", NULL);
    pl_page_open(h, "a", "class", "skip", "href", "#main", NULL);
    pl_page_text(h, "To the report");
    pl_page_close(h, "a");
    pl_page_open(h, "header", NULL);
    pl_page_element(h, "h1", NULL, "Conversion report");
    pl_part_title(h, d);
    navigation(h);
    pl_page_close(h, "header");
    pl_page_open(h, "main", "id", "main", NULL);
    pl_part_verdict(h, d);
    pl_part_outcome(h, d);
    pl_part_people(h, d);
    pl_part_sharing(h, d);
    pl_part_unknown(h, d);
    pl_part_busy(h, d);
    pl_part_targets(h, d);
    pl_part_sources(h, d);
    pl_page_close(h, "main");
    pl_page_open(h, "footer", NULL);
    pl_page_text(h, "Made by pimlift ");
    pl_page_text(h, d->version ? d->version : "");
    pl_page_text(h, " from the output folder alone. This page holds names and subjects: keep it as you keep mail.");
    pl_page_close(h, "footer");
    pl_page_close(h, "body");
}

static uint64_t stores_short(const struct data *d)
{
    uint64_t count = 0;
    for (const struct store *s = d->stores; s; s = s->next)
        count += s->state != STORE_WHOLE && (s->state != STORE_LOSSES || s->reason);
    return count;
}

bool pl_report_make(const struct pl_report_request *request, struct pl_page *h, struct pl_report_result *result,
                    const char **why)
{
    struct data d = {.request = request};
    pl_arena_init(&d.arena, DATA_MOST);
    bool good = pl_data_gather(&d);
    if (good) {
        pl_page_doctype(h);
        pl_page_open(h, "html", "lang", "en", NULL);
        head(h);
        body(h, &d);
        pl_page_close(h, "html");
        d.why = h->failed ? "the page does not nest" : "the page is too large";
        good = !h->failed && !h->out.failed && !d.failed;
    }
    *result = (struct pl_report_result){.users = d.user_count,
                                        .seen = d.seen,
                                        .lost = d.total[OUT_LOST],
                                        .merged = d.merged,
                                        .stores = d.store_count,
                                        .stores_short = stores_short(&d),
                                        .absent = d.absent_count};
    *why = d.why;
    pl_arena_release(&d.arena);
    return good;
}
