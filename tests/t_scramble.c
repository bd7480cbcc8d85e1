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
    char sentence[] = "Report. Secure company birthday photo recall", other[] = "IPM meeting request";
    pl_scramble_text(&s, 1252, (uint8_t *)sentence, strlen(sentence));
    pl_scramble_text(&s, 1252, (uint8_t *)other, strlen(other));
    cr_assert(!strcasestr(sentence, "secure") && !strcasestr(sentence, "birthday") &&
                  !strcasestr(sentence, "photo"),
              "%s", sentence);
    cr_assert(!strcasestr(other, "meeting") && !strcasestr(other, "request"), "%s", other);
}

Test(scramble, markup_stays_and_its_words_go)
{
    struct pl_scramble s = scramble(5);
    char html[] = "<p class=\"secret\" title='secret'>secret &#115;ecret &amp; <a "
                  "href=\"https://secret.example\">secret</a><!-- secret --></p>";
    size_t size = strlen(html);
    pl_scramble_html(&s, 65001, (uint8_t *)html, size);
    cr_assert(!strcasestr(html, "secret") && strlen(html) == size && !strncmp(html, "<p class=\"", 10), "%s", html);
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
