/*
 * t_scramble.c - words that become others: nothing meets, nothing moves, codings agree; and streams of exact size.
 */
#include "scramble.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "rtf.h"

static struct pl_scramble scramble(uint8_t seed)
{
    struct pl_scramble s;
    uint8_t digest[32] = {seed, 7};
    pl_scramble_init(&s, digest);
    return s;
}

Test(scramble, different_words_stay_different)
{
    struct pl_scramble s = scramble(1);
    static uint8_t seen[26 * 26 * 26];
    for (int i = 0; i < 26 * 26 * 26; i++) {
        char word[4] = {(char)('a' + i / 676), (char)('a' + i / 26 % 26), (char)('a' + i % 26), 0};
        pl_scramble_words(&s, 1252, (uint8_t *)word, 3);
        int at = (word[0] - 'a') * 676 + (word[1] - 'a') * 26 + word[2] - 'a';
        cr_assert(at >= 0 && at < (int)sizeof seen && !seen[at], "%s is there twice, or no word", word);
        seen[at] = 1;
    }
}

Test(scramble, case_marks_and_numbers_keep_their_place)
{
    struct pl_scramble s = scramble(2);
    static const char text[] = "Anna Berg <anna@example.org>, +49 30 1234567; ANNA (Room 12)\r\n\t\x01!";
    char copy[sizeof text];
    memcpy(copy, text, sizeof text);
    pl_scramble_text(&s, 1252, (uint8_t *)copy, sizeof text - 1);
    for (size_t i = 0; i < sizeof text; i++) {
        unsigned char a = (unsigned char)text[i], b = (unsigned char)copy[i];
        cr_assert(!!isupper(a) == !!isupper(b) && !!islower(a) == !!islower(b) && !!isdigit(a) == !!isdigit(b));
        cr_assert(isalnum(a) || a == b);
    }
    cr_assert(!strncasecmp(copy, copy + 11, 4) && !strncasecmp(copy, strchr(copy, ';') + 2, 4), "anna is one: %s",
              copy);
    cr_assert(strncasecmp(copy, "anna", 4) != 0);
}

Test(scramble, codings_agree)
{
    struct pl_scramble s = scramble(3);
    uint8_t narrow[] = "Example42", wide[sizeof narrow * 2] = {0};
    for (size_t i = 0; i + 1 < sizeof narrow; i++)
        wide[2 * i] = narrow[i];
    pl_scramble_words(&s, 1250, narrow, sizeof narrow - 1);
    pl_scramble_words(&s, 1200, wide, sizeof wide - 2);
    for (size_t i = 0; i + 1 < sizeof narrow; i++)
        cr_assert(wide[2 * i] == narrow[i] && !wide[2 * i + 1]);
}

/* What one letter becomes in words of three letters, in that coding: `first` + 0 to 31, `size` bytes each. */
static unsigned ways_of_a_letter(unsigned codepage, const uint8_t *first, size_t size)
{
    struct pl_scramble s = scramble(9);
    static uint8_t seen[1 << 16];
    unsigned ways = 0;
    memset(seen, 0, sizeof seen);
    for (unsigned i = 0; i < 16 * 16; i++) {
        uint8_t word[3 * 4 + 4] = {0}, again[sizeof word];
        for (size_t k = 0; k < 3; k++) {
            memcpy(word + k * size, first, size);
            uint8_t *low = word + (k + 1) * size - (codepage == 1200 ? 2 : 1);
            *low = (uint8_t)(*low + (k == 1 ? 0 : k ? i / 16 : i % 16));
        }
        memcpy(again, word, sizeof word);
        pl_scramble_words(&s, codepage, word, 3 * size);
        pl_scramble_words(&s, codepage, again, 3 * size);
        cr_assert_arr_eq(word, again, sizeof word, "the same word is one");
        unsigned middle = word[size] | (size > 1 ? (unsigned)word[2 * size - 1] << 8 : 0u);
        ways += !seen[middle];
        seen[middle] = 1;
    }
    return ways;
}

Test(scramble, letters_of_other_scripts_are_no_puzzle)
{
    cr_expect_gt(ways_of_a_letter(1200, (const uint8_t *)"\x30\x04", 2), 20); /* Cyrillic */
    cr_expect_gt(ways_of_a_letter(1200, (const uint8_t *)"\x10\x4e", 2), 100);
    cr_expect_gt(ways_of_a_letter(65001, (const uint8_t *)"\xd0\xb0", 2), 10);
    cr_expect_gt(ways_of_a_letter(1251, (const uint8_t *)"\xe0", 1), 10);
    cr_expect_gt(ways_of_a_letter(932, (const uint8_t *)"\x82\xa0", 2), 20);
    /* ASCII letters of a word with others are one run, and different words stay different */
    struct pl_scramble s = scramble(10);
    static uint8_t seen[26 * 26];
    for (int i = 0; i < 26 * 26; i++) {
        uint8_t word[3] = {(uint8_t)('a' + i / 26), 0xfc, (uint8_t)('a' + i % 26)};
        pl_scramble_words(&s, 1252, word, sizeof word);
        int at = (word[0] - 'a') * 26 + word[2] - 'a';
        cr_assert(word[1] >= 0xe0 && at >= 0 && at < (int)sizeof seen && !seen[at]);
        seen[at] = 1;
    }
}

Test(scramble, what_stays)
{
    struct pl_scramble s = scramble(4);
    static const char *const kept[] = {"IPM.Appointment", "SMTP", "W. Europe Standard Time", "Freebusy Data",
                                       "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        char copy[64];
        snprintf(copy, sizeof copy, "%s", kept[i]);
        pl_scramble_text(&s, 1252, (uint8_t *)copy, strlen(copy));
        cr_assert_str_eq(copy, kept[i]);
    }
    char dn[] = "/o=Secret/ou=Secret/cn=Recipients/cn=secret", class[] = "IPM.Task.Secret";
    pl_scramble_text(&s, 1252, (uint8_t *)dn, strlen(dn));
    pl_scramble_text(&s, 1252, (uint8_t *)class, strlen(class));
    cr_assert(!strncmp(dn, "/o=", 3) && strstr(dn, "/cn=Recipients/cn=") && !strcasestr(dn, "secret"), "%s", dn);
    cr_assert(!strncmp(class, "IPM.Task.", 9) && !strcasestr(class, "secret"), "%s", class);
    char strange[] = "IPM.Appointment.Foo Secret Request", high[] = "IPM.Contact.S\xe4"
                                                                    "cret";
    pl_scramble_text(&s, 1252, (uint8_t *)strange, strlen(strange));
    pl_scramble_text(&s, 1252, (uint8_t *)high, strlen(high));
    cr_assert(!strncmp(strange, "IPM.Appointment.", 16) && !strcasestr(strange, "foo") &&
                  !strcasestr(strange, "request"),
              "%s", strange);
    cr_assert(!strncmp(high, "IPM.Contact.", 12) && !strcasestr(high, "cret"), "%s", high);
    char sentence[] = "Report. Secure company birthday photo recall", other[] = "IPM meeting request";
    pl_scramble_text(&s, 1252, (uint8_t *)sentence, strlen(sentence));
    pl_scramble_text(&s, 1252, (uint8_t *)other, strlen(other));
    cr_assert(!strcasestr(sentence, "secure") && !strcasestr(sentence, "birthday") &&
                  !strcasestr(sentence, "photo"),
              "%s", sentence);
    cr_assert(!strcasestr(other, "meeting") && !strcasestr(other, "request"), "%s", other);
}

/* Whether any of the secret's letters in a row, four or more, are still there. */
static bool tells(const uint8_t *data, size_t size, const char *secret)
{
    for (size_t i = 0; i + 4 <= strlen(secret); i++)
        if (memmem(data, size, secret + i, 4))
            return true;
    return false;
}

Test(scramble, identifiers_have_no_room_for_words)
{
    struct pl_scramble s = scramble(6);
    /* an access list: an entry with S-1-5-21-..., one with S-1-12-1-..., one with words behind its identifier */
    uint8_t list[8 + 36 + 36 + 32] = {2, 0, sizeof list, 0, 3, 0, 0, 0};
    memcpy(list + 8, "\0\0\x24\0\xff\x01\x1f\0\1\5\0\0\0\0\0\5\x15\0\0\0secretsecretr\4\0\0", 36);
    memcpy(list + 44, "\0\0\x24\0\xff\x01\x1f\0\1\5\0\0\0\0\0\xc\1\0\0\0secretsecretsecr", 36);
    memcpy(list + 80, "\0\0\x20\0\xff\x01\x1f\0\1\1\0\0\0\0\0\1\0\0\0\0secretsecre", 32);
    uint8_t before[sizeof list];
    memcpy(before, list, sizeof list);
    cr_expect(pl_scramble_blob(&s, PL_SCRAMBLE_DESCRIPTOR, 0, list, sizeof list));
    cr_expect(!tells(list, sizeof list, "secret"));
    for (size_t at = 8; at < sizeof list; at += at < 80 ? 36 : 32)
        cr_expect(!memcmp(list + at, before + at, 20), "head of the entry at %zu", at);
    cr_expect(!memcmp(list + 8 + 32, before + 8 + 32, 4), "the number of somebody in a domain");
    /* the same domain is the same one elsewhere */
    uint8_t sid[28];
    memcpy(sid, before + 16, sizeof sid);
    cr_expect(pl_scramble_blob(&s, PL_SCRAMBLE_SNIFFED, 0, sid, sizeof sid) && !memcmp(sid, list + 16, sizeof sid));
    /* what has the form of an id of a folder, and says something */
    uint8_t id[46] = {0};
    memcpy(id + 4, "secret-secret-sesecret-secret-seseretse", 39);
    id[20] = 1, id[21] = id[44] = id[45] = 0;
    (void)pl_scramble_blob(&s, PL_SCRAMBLE_SNIFFED, 0, id, sizeof id);
    cr_expect(!tells(id, sizeof id, "secret"));
    /* where a store lies, in letters that are not ASCII */
    uint8_t store[20 + 2 + 14 + 24 + 14] = {0,    0,    0,    0,    0x38, 0xa1, 0xbb, 0x10, 0x05, 0xe5,
                                            0x10, 0x1a, 0xa1, 0xbb, 8,    0,    0x2b, 0x2a, 0x56, 0xc2};
    memcpy(store + 22, "mspst.dll", 9);
    static const uint8_t wide[] = {0x42, 0x04, 0x30, 0x04, 0x39, 0x04, 0x3d, 0x04, 0x30, 0x04};
    memcpy(store + 60, wide, sizeof wide);
    cr_expect(pl_scramble_blob(&s, PL_SCRAMBLE_ENTRY, 1251, store, sizeof store));
    cr_expect(!memmem(store, sizeof store, wide, 4) && !memcmp(store + 22, "mspst.dll", 9));
    /* recipients of a database: a value of no type that has words */
    uint8_t row[4 + 2 + 8 + 12] = {1, 0, 0, 0, 1, 0, 0x99, 0x00, 0x01, 0x30, 12};
    memcpy(row + 14, "secretsecret", 12);
    cr_expect(pl_scramble_blob(&s, PL_SCRAMBLE_RECIPIENTS, 0, row, sizeof row) &&
              !tells(row, sizeof row, "secret"));
}

Test(scramble, markup_stays_and_its_words_go)
{
    struct pl_scramble s = scramble(5);
    char html[] = "<p class=\"secret\" title='secret'>secret &#115;ecret &amp; <a "
                  "href=\"https://secret.example\">secret</a><!-- secret --></p>";
    size_t size = strlen(html);
    pl_scramble_html(&s, 65001, (uint8_t *)html, size);
    cr_assert(!strcasestr(html, "secret") && strlen(html) == size && !strncmp(html, "<p class=\"", 10), "%s", html);
    char tags[] = "<meta charset=\"utf-8\"><p id=us-eve-555-0123-gb-dan title='big_2024-05-06_bob_4711' "
                  "class=\"public office summary\">"
                  "<?xml encoding='iso-8859-15'?><div public summary office address";
    pl_scramble_html(&s, 65001, (uint8_t *)tags, strlen(tags));
    cr_assert(strstr(tags, "<meta charset=\"utf-8\"><p id=") && strstr(tags, "<?xml encoding='iso-8859-15'?><div "),
              "%s", tags);
    cr_assert(!strstr(tags, "eve") && !strstr(tags, "555-0123") && !strstr(tags, "2024") && !strstr(tags, "bob") &&
                  !strstr(tags, "office") && !strstr(tags, "summary") && !strstr(tags, "address"),
              "%s", tags);
    cr_assert(strstr(html, "&amp;") && strstr(html, "<a href=\"https://") && strstr(html, "</a><!-- "), "%s", html);
    char rtf[] = "{\\rtf1\\ansi{\\fonttbl{\\f0 Secret;}}\\f0 secret\\par \\'e4\\u8364?{\\*\\secret secret}}";
    pl_scramble_rtf(&s, (uint8_t *)rtf, strlen(rtf));
    cr_assert(!strcasestr(rtf, "secret") && !strncmp(rtf, "{\\rtf1\\ansi{\\fonttbl{\\f0 ", 24) &&
                  strstr(rtf, "\\par "),
              "%s", rtf);
}

Test(scramble, streams_of_exactly_that_size)
{
    uint8_t data[5000], out[6000], back[sizeof data];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)("the quick brown fox"[i % 19] + (i % 97 == 0));
    unsigned made = 0;
    for (size_t size = 300; size < 2000; size += 7) {
        uLongf got = sizeof back;
        if (!pl_deflate_exactly(data, sizeof data, out, size))
            continue;
        made++;
        cr_assert_eq(uncompress(back, &got, out, size), Z_OK);
        cr_assert(got == sizeof data && !memcmp(back, data, sizeof data));
    }
    cr_assert(made > 200, "%u", made);
    struct pl_buf plain;
    pl_buf_init(&plain, 1 << 20);
    memset(out, 0xee, sizeof out);
    cr_assert(pl_rtf_compress(data, sizeof data, out, 3000));
    cr_assert_eq(pl_rtf_decompress(out, 3000, &plain), PL_RTF_OK);
    cr_assert(plain.size == sizeof data && !memcmp(plain.data, data, sizeof data));
    cr_assert_not(pl_rtf_compress(data, sizeof data, out, 200));
    pl_buf_release(&plain);
}

/* What a reader is to tell of a text: it can or can't be decoded, in pages of each kind. */
Test(scramble, what_cannot_be_decoded_stays_so)
{
    static const struct {
        unsigned codepage;
        const char *text;
    } cases[] = {
        {1250, "caf\xe9 \x83"},
        {1250, "caf\xe9"},
        {1253, "\xd2\xe1"},
        {1255, "\xf9\xec\xd9"},
        {1257, "\xc5\xbe\xc5\xaf\xa1"},
        {28593, "a\xe3z"},
        {28593, "\xe6\xf1\xf2\xf3"},
        {936, "\xd6\xd0\xa2\xa1"},
        {936, "\xd6\xd0\xce\xc4"},
        {932, "\x83\x52\x85\xa0"},
        {65001, "a\xc3\xa4\xff"},
        {65001, "a\xc3\xa4"},
    };
    struct pl_scramble s = scramble(9);
    s.text = pl_text_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t text[32], html[32];
        size_t size = strlen(cases[i].text);
        memcpy(text, cases[i].text, size);
        memcpy(html, cases[i].text, size);
        bool was = pl_text_decodes(s.text, cases[i].codepage, text, size);
        pl_scramble_text(&s, cases[i].codepage, text, size);
        pl_scramble_html(&s, cases[i].codepage, html, size);
        cr_assert(was == pl_text_decodes(s.text, cases[i].codepage, text, size), "text %zu", i);
        cr_assert(was == pl_text_decodes(s.text, cases[i].codepage, html, size), "HTML %zu", i);
    }
    pl_text_free(s.text);
}

Test(scramble, rtf_that_cannot_be_decoded_stays_so)
{
    static const char *const cases[] = {
        "{\\rtf1\\ansi\\ansicpg1252 caf\\'e9 \\'81}",
        "{\\rtf1\\ansi\\ansicpg1252 caf\\'e9}",
        "{\\rtf1\\ansi\\ansicpg932 \\'b1\\'b2\\'b3}",
        "{\\rtf1\\ansi\\ansicpg1252\\uc0 x\\u55357 y}",
    };
    struct pl_scramble s = scramble(9);
    s.text = pl_text_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char rtf[64];
        size_t size = strlen(cases[i]);
        unsigned was = 0, is = 0;
        struct pl_buf out;
        memcpy(rtf, cases[i], size);
        pl_buf_init(&out, 1000);
        pl_rtf_text(s.text, rtf, size, &out, &was);
        pl_scramble_rtf(&s, (uint8_t *)rtf, size);
        pl_rtf_text(s.text, rtf, size, &out, &is);
        pl_buf_release(&out);
        cr_assert(!was == !is, "%zu: %u, then %u in %.*s", i, was, is, (int)size, rtf);
    }
    pl_text_free(s.text);
}
