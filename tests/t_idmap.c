/*
 * t_idmap.c - identity maps: CSV and LDIF in the forms that exports have, and files that are none.
 *
 * The independent side: the examples of RFC 2849 (section "Examples of LDAP Data Interchange
 * Format") with names added that items have, answers written down by hand. Files that are made at
 * random and read by Python's csv and ldif are in tests/idmap.
 */
#include "idmap.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "lib_fault.h"
#include "source.h"

static char path[64], codes[4096], texts[32768];
static struct pl_arena arena;
static struct pl_people *people;
static struct pl_report report;

static void heard(void *data, const struct pl_diagnostic *d)
{
    (void)data;
    if (strlen(codes) + strlen(d->code) + 2 < sizeof codes)
        strcat(strcat(codes, d->code), " ");
    if (strlen(texts) + strlen(d->text) + 2 < sizeof texts)
        strcat(strcat(texts, d->text), "\n");
}

static void begin(void)
{
    strcpy(path, "/tmp/pimlift-idmap-XXXXXX");
    close(mkstemp(path));
    pl_arena_init(&arena, (size_t)1 << 20);
    people = pl_people_new();
    report = (struct pl_report){.sink = heard};
    *codes = *texts = '\0';
}

static void end(void)
{
    unlink(path);
    pl_people_free(people);
    pl_arena_release(&arena);
}
TestSuite(idmap, .init = begin, .fini = end);

static void write_bytes(const void *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(data, 1, size, f) == size && fclose(f) == 0);
}

static enum pl_status load_bytes(const void *data, size_t size)
{
    struct pl_text *text = pl_text_new();
    write_bytes(data, size);
    enum pl_status st = pl_idmap_load(path, text, people, &report);
    if (st == PL_OK)
        st = pl_idmap_disputes(people, &report);
    pl_text_free(text);
    return st;
}

static void load(const char *data) { cr_assert_eq(load_bytes(data, strlen(data)), PL_OK, "%s", texts); }

/* "smtp dn sid name" of the person with that name; "-" for what is not known. */
static const char *who(const char *name)
{
    static char out[1024];
    struct pl_identity id = {0};
    enum pl_key_kind kind = PL_KEY_DN;
    cr_assert(pl_key_kind_of(name, &kind), "%s", name);
    enum pl_status st = pl_people_find(people, (struct pl_key){kind, name}, PL_TRUST_MAP, &arena, &id);
    cr_assert_neq(st, PL_STOP);
    if (st == PL_END)
        return "nobody";
    snprintf(out, sizeof out, "%s %s %s %s", id.smtp.text ? id.smtp.text : "-", id.dn.text ? id.dn.text : "-",
             id.sid.text ? id.sid.text : "-", id.name.text ? id.name.text : "-");
    return out;
}

static const char *why(const char *data)
{
    static char text[PL_IDMAP_WHY];
    *text = '\0';
    write_bytes(data, strlen(data));
    return pl_idmap_check(path, text) == PL_OK ? "" : text;
}

/* --- CSV --------------------------------------------------------------------------------- */

Test(idmap, csv_of_the_simple_kind)
{
    load("dn,smtp,name\n/o=Org/cn=anna,anna@example.org,\"Berg, \"\"Anna\"\"\"\n\n/o=Org/cn=ben,ben@example.org,");
    cr_expect_str_eq(who("/O=ORG/CN=ANNA"), "anna@example.org /o=Org/cn=anna - Berg, \"Anna\"");
    cr_expect_str_eq(who("ben@example.org"), "ben@example.org /o=Org/cn=ben - -");
    cr_expect_str_eq(codes, "idmap.read ");
}

Test(idmap, csv_of_exchange)
{
    load("#TYPE Selected.Microsoft.Exchange.Data.Directory.Management.Mailbox\r\n"
         "\"DisplayName\",\"LegacyExchangeDN\",\"PrimarySmtpAddress\",\"EmailAddresses\"\r\n"
         "\"Anna\",\"/o=Org/ou=A/cn=anna\",\"anna@example.org\",\"SMTP:anna@example.org;smtp:a@old.example;"
         "X400:C=US;A= ;P=Org;S=Anna;;x500:/o=Old/cn=ANNA;sip:anna@example.org\"\r\n"
         "\"Ben\",\"/o=Org/ou=A/"
         "cn=ben\",\"ben@example.org\",\"Microsoft.Exchange.Data.ProxyAddressCollection\"\r\n");
    cr_expect_str_eq(who("/o=old/cn=anna"), "anna@example.org /o=Org/ou=A/cn=anna - Anna");
    cr_expect_str_eq(who("A@OLD.example"), "anna@example.org /o=Org/ou=A/cn=anna - Anna");
    cr_expect_str_eq(who("/o=Org/ou=A/cn=ben"), "nobody");
    cr_expect(strstr(texts, ":4: 'Microsoft.Exchange.Data.ProxyAddressCollection' is the name of a type"), "%s",
              texts);
    cr_expect(strstr(texts, "1 person known from 2 entries, 1 with faults"), "%s", texts);
}

Test(idmap, csv_of_csvde)
{
    /* binary values and texts that are not ASCII as X'..', several values by semicolons, the directory's own DN
     * first */
    load("DN,objectClass,displayName,objectSid,legacyExchangeDN,proxyAddresses,mail\n"
         "\"CN=Stephane\\, X,OU=Staff,DC=example,DC=org\",user,X'5374c3a97068616e65',"
         "X'0105000000000005150000000100000002000000030000004d040000',/o=Org/ou=A/cn=st,"
         "smtp:s@old.example;X500:/o=Old/cn=st;SMTP:st@example.org,other@example.org\n"
         "\"CN=Room,DC=example,DC=org\",user,Room,X'01010000000000050a000000',/o=Org/ou=A/"
         "cn=room,,room@example.org\n");
    cr_expect_str_eq(who("S-1-5-21-1-2-3-1101"),
                     "st@example.org /o=Org/ou=A/cn=st S-1-5-21-1-2-3-1101 St\xc3\xa9phane");
    cr_expect_str_eq(who("other@example.org"),
                     "st@example.org /o=Org/ou=A/cn=st S-1-5-21-1-2-3-1101 St\xc3\xa9phane");
    cr_expect_str_eq(who("room@example.org"), "room@example.org /o=Org/ou=A/cn=room - Room");
}

Test(idmap, csv_separators_and_marks)
{
    static const char *const files[] = {
        "sid;E-Mail;Name\nS-1-5-21-1-2-3-4;anna@example.org;Anna\n",
        "sep=;\r\nsid;E-Mail;Name\r\nS-1-5-21-1-2-3-4;anna@example.org;Anna\r\n",
        "\xef\xbb\xbfsid\tE-Mail\tName\nS-1-5-21-1-2-3-4\tanna@example.org\tAnna\n",
        "Object SID,e_mail,NAME,\nS-1-5-21-1-2-3-4,anna@example.org,Anna,\n",
        "sid,mail,name\rS-1-5-21-1-2-3-4,anna@example.org,Anna\r",
        "sid|mail|name\nS-1-5-21-1-2-3-4| SMTP:anna@example.org | Anna",
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        pl_people_free(people);
        people = pl_people_new();
        load(files[i]);
        cr_expect_str_eq(who("anna@example.org"), "anna@example.org - S-1-5-21-1-2-3-4 Anna", "%zu", i);
    }
}

Test(idmap, utf16)
{
    static const char text[] = "dn,mail,name\r\n/o=Org/cn=anna,anna@example.org,\xc3\x84nn\xc3\xa4\r\n";
    for (int mark = 0; mark < 2; mark++)
        for (int big = 0; big < 2; big++) {
            uint8_t data[512];
            size_t n = 0;
            pl_people_free(people);
            people = pl_people_new();
            for (const char *p = text; *p || (mark && !n); p++) {
                unsigned c = (unsigned char)*p;
                if (mark && !n)
                    c = 0xfeff, p--;
                else if (c == 0xc3)
                    c = 0xc0u | ((unsigned char)*++p & 0x3f);
                data[n++] = (uint8_t)(big ? c >> 8 : c);
                data[n++] = (uint8_t)(big ? c : c >> 8);
            }
            cr_assert_eq(load_bytes(data, n), PL_OK);
            cr_expect_str_eq(who("/o=Org/cn=anna"), "anna@example.org /o=Org/cn=anna - \xc3\x84nn\xc3\xa4");
        }
}

Test(idmap, eight_bit_names_are_read_and_eight_bit_keys_are_not)
{
    load("dn,mail,name\n/o=Org/cn=anna,anna@example.org,\xc4nna\n/o=Org/cn=\xc4,b@example.org,B\n");
    cr_expect_str_eq(who("/o=Org/cn=anna"), "anna@example.org /o=Org/cn=anna - \xc3\x84nna");
    cr_expect_str_eq(who("b@example.org"), "nobody");
}

Test(idmap, wrong_rows_give_nobody)
{
    load("dn,sid,mail,proxyAddresses\n"
         "/o=Org/cn=a,S-1-5-21-1-2-3-1,a@example.org\n"          /* a value is missing */
         "/o=Org/cn=b,S-1-5-21-1-2-3-2,b@example.org,,extra\n"   /* one too many */
         "S-1-5-21-1-2-3-3,/o=Org/cn=c,c@example.org,\n"         /* columns have moved */
         "/o=Org/cn=d,S-1-5-21-1-2-3-4,d.example.org,\n"         /* no address */
         "/o=Org/cn=e,S-1-5-21-1-2-3-5,e@x,SMTP:e@x;SMTP:e2@x\n" /* two primary ones */
         "/o=Org/cn=f,S-1-5-21-1-2-3-6,f@x,smtp:broken\n"        /* an address that is none */
         "/o=Org/cn=g,garbage,g@x,\n"                            /* a SID that is none */
         "/o=Org/cn=h,,,\n"                                      /* says nothing: no fault */
         "/o=Org/cn=i,S-1-5-21-1-2-3-9,i@x,\"SMTP:i@x\n"         /* the quote is never closed */
         "/o=Org/cn=j,S-1-5-21-1-2-3-10,j@x,\n");
    for (const char *name = "abcdefghij"; *name; name++) {
        char dn[32];
        snprintf(dn, sizeof dn, "/o=Org/cn=%c", *name);
        cr_expect_str_eq(who(dn), "nobody");
    }
    cr_expect_str_eq(codes, "idmap.entry idmap.entry idmap.entry idmap.entry idmap.entry idmap.entry idmap.entry "
                            "idmap.entry idmap.read idmap.nobody ");
    cr_expect(strstr(texts, ":2: it has 3 values, the header 4"), "%s", texts);
    cr_expect(strstr(texts, ":10: a quote in it is never closed"), "%s", texts);
}

Test(idmap, faults_are_told_a_hundred_times)
{
    char *data = malloc(1 << 16);
    strcpy(data, "dn,mail\n/o=Org/cn=a,a@x\n");
    for (int i = 0; i < 500; i++)
        strcat(data, "x,y\n");
    load(data);
    free(data);
    cr_expect_eq(report.warnings, 101);
    cr_expect(strstr(texts, "1 person known from 501 entries, 500 with faults"), "%s", texts);
}

Test(idmap, duplicates_count_and_contradictions_do_not)
{
    load("dn,mail\n/o=Org/cn=a,a@x\n/o=Org/cn=A,a@x\n/o=Org/cn=a,a@x\n/o=Org/cn=b,b1@x\n/o=Org/cn=b,b2@x\n");
    cr_expect_str_eq(who("/o=Org/cn=a"), "a@x /o=Org/cn=A - -");
    cr_expect_str_eq(who("/o=Org/cn=b"), "- /o=Org/cn=b - -");
    cr_expect_str_eq(codes, "idmap.read idmap.dispute ");
}

/* --- LDIF ---------------------------------------------------------------------------------- */

Test(idmap, rfc2849_examples)
{
    load("version: 1\n"
         "dn: cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com\n"
         "objectclass: top\n"
         "objectclass: person\n"
         "objectclass: organizationalPerson\n"
         "cn: Barbara Jensen\n"
         "cn: Barbara J Jensen\n"
         "displayName: Barbara Jensen\n"
         "legacyExchangeDN: /o=airius/cn=bjensen\n"
         "mail: bjensen@airius.com\n"
         "telephonenumber: +1 408 555 1212\n"
         "description: A big sailing fan.\n"
         "\n"
         "# a folded value, example 2\n"
         "dn:cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com\n"
         "description:Babs is a big sailing fan, and travels extensively in sea\n"
         " rch of perfect sailing conditions.\n"
         "legacyExchangeDN:/o=airius/cn=ba\n"
         " bs\n"
         "mail:babs@airi\n"
         " us.com\n"
         "title:Product Manager, Rod and Reel Division\n"
         "\n"
         "# a base64 value, example 3\n"
         "dn: cn=Gern Jensen, ou=Product Testing, dc=airius, dc=com\n"
         "displayName:: R2VybiBKZW5zZW4=\n"
         "mail:: Z2VybmpAYWlyaXVzLmNvbQ==\n"
         "legacyExchangeDN:: L289YWlyaXVz\n"
         " L2NuPWdlcm5q\n"
         "description:: "
         "V2hhdCBhIGNhcmVmdWwgcmVhZGVyIHlvdSBhcmUhICBUaGlzIHZhbHVlIGlzIGJhc2UtNjQtZW5jb2RlZCBiZWNhdXNl\n"
         "\n"
         "# UTF-8 and languages, example 4\n"
         "dn:: b3U95Za25qWt6YOoLG89QWlyaXVz\n"
         "# dn:: ou=<JapaneseOU>,o=Airius\n"
         "displayName:: 5Za25qWt6YOo\n"
         "displayName;lang-en: Sales\n"
         "objectSid;binary:: AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAABAAAAA==\n"
         "mail: sales@airius.com\n"
         "\n"
         "# a value by reference, example 5: what stands elsewhere is not known\n"
         "dn: cn=Horatio Jensen, ou=Product Testing, dc=airius, dc=com\n"
         "legacyExchangeDN: /o=airius/cn=hjensen\n"
         "mail: hjensen@airius.com\n"
         "jpegphoto:< file:///usr/local/directory/photos/hjensen.jpg\n");
    cr_expect_str_eq(who("/o=airius/cn=bjensen"), "bjensen@airius.com /o=airius/cn=bjensen - Barbara Jensen");
    cr_expect_str_eq(who("/o=airius/cn=babs"), "babs@airius.com /o=airius/cn=babs - -");
    cr_expect_str_eq(who("/o=airius/cn=gernj"), "gernj@airius.com /o=airius/cn=gernj - Gern Jensen");
    cr_expect_str_eq(who("sales@airius.com"),
                     "sales@airius.com - S-1-5-21-1-2-3-4 \xe5\x96\xb6\xe6\xa5\xad\xe9\x83\xa8");
    cr_expect_str_eq(who("hjensen@airius.com"), "hjensen@airius.com /o=airius/cn=hjensen - -");
    cr_expect_str_eq(codes, "idmap.read ");
}

Test(idmap, rfc2849_change_records_say_not_who)
{
    load("version: 1\n"
         "# example 6: entries are added, removed, renamed, changed\n"
         "dn: cn=Fiona Jensen, ou=Marketing, dc=airius, dc=com\n"
         "changetype: add\n"
         "mail: fiona@airius.com\n"
         "legacyExchangeDN: /o=airius/cn=fiona\n"
         "\n"
         "dn: cn=Robert Jensen, ou=Marketing, dc=airius, dc=com\n"
         "changetype: delete\n"
         "\n"
         "dn: cn=Paul Jensen, ou=Product Development, dc=airius, dc=com\n"
         "changetype: modrdn\n"
         "newrdn: cn=Paula Jensen\n"
         "deleteoldrdn: 1\n"
         "\n"
         "dn: cn=Paula Jensen, ou=Product Development, dc=airius, dc=com\n"
         "changetype: modify\n"
         "add: mail\n"
         "mail: paula@airius.com\n"
         "-\n"
         "replace: legacyExchangeDN\n"
         "legacyExchangeDN: /o=airius/cn=paula\n"
         "-\n");
    cr_expect_str_eq(who("fiona@airius.com"), "fiona@airius.com /o=airius/cn=fiona - -");
    cr_expect_str_eq(who("/o=airius/cn=paula"), "nobody");
    cr_expect_str_eq(codes, "idmap.entry idmap.entry idmap.entry idmap.read ");
}

Test(idmap, ldapsearch_and_ldifde)
{
    load("# extended LDIF\n#\n# LDAPv3\n# base <dc=example,dc=org> with scope subtree\n#\n\n"
         "# Anna, Staff, example.org\n"
         "dn: CN=Anna,OU=Staff,DC=example,DC=org\r\n"
         "changetype: add\r\n"
         "objectSid:: AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAATQQAAA==\r\n"
         "legacyExchangeDN: \r\n /o=Org/ou=A/cn=anna\r\n"
         "proxyAddresses: smtp:a@old.example\r\n"
         "proxyAddresses: X500:/o=Old/cn=anna\r\n"
         "proxyAddresses: SMTP:anna@example.org\r\n"
         "sIDHistory:: AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAABAAAAA==\r\n"
         "\r\n"
         "# search reference\nref: ldap://other.example.org/DC=other\n\n"
         "# search result\nsearch: 2\nresult: 0 Success\n\n# numResponses: 2\n# numEntries: 1\n");
    cr_expect_str_eq(who("/o=old/cn=anna"), "anna@example.org /o=Org/ou=A/cn=anna S-1-5-21-1-2-3-1101 -");
    cr_expect_str_eq(who("S-1-5-21-1-2-3-4"), "anna@example.org /o=Org/ou=A/cn=anna S-1-5-21-1-2-3-1101 -");
    cr_expect_str_eq(codes, "idmap.read ");
}

Test(idmap, wrong_entries_give_nobody)
{
    load("dn: cn=a\nlegacyExchangeDN: /o=Org/cn=a\nmail:: ####\n\n"
         "dn: cn=b\nlegacyExchangeDN: /o=Org/cn=b\nmail:: YkB4=\n\n"
         "dn: cn=c\nlegacyExchangeDN: /o=Org/cn=c\nmail c@x\n\n"
         "legacyExchangeDN: /o=Org/cn=d\nmail: d@x\n\n"
         "dn: cn=e\nlegacyExchangeDN: /o=Org/cn=e\nmail:< file:///etc/passwd\n\n"
         "dn: cn=f\nlegacyExchangeDN: /o=Org/cn=f\nmail: f@x\ndn: cn=g\nlegacyExchangeDN: /o=Org/cn=g\n\n"
         "dn: cn=h\nlegacyExchangeDN: /o=Org/cn=h\nmail:: aEB4AGV4\n\n"
         "dn: cn=i\nlegacyExchangeDN:\nmail: i@x\n\n"
         "dn: cn=j\nlegacyExchangeDN: /o=Org/cn=j\nmail: j@exam");
    for (const char *name = "abcdefghij"; *name; name++) {
        char dn[32];
        snprintf(dn, sizeof dn, "/o=Org/cn=%c", *name);
        cr_expect_str_eq(who(dn), "nobody", "%c", *name);
    }
    cr_expect(strstr(texts, "the file ends within the line of mail"), "%s", texts);
    cr_expect(strstr(texts, ", 8 with faults"), "%s", texts);
}

/* --- files that are no maps -------------------------------------------------------------------- */

Test(idmap, what_is_no_map)
{
    static const struct {
        const char *data, *why; /* after the path */
    } rows[] = {
        {"", ": the file is empty; copy it again from where it came from"},
        {"name,phone\nAnna,1\n", ":1: this is no identity map"},
        {"name,mail\nAnna,anna@example.org\n", ":1: this is no identity map"},
        {"\n\n#TYPE x\nlegacyExchangeDN\n/o=Org\n", ":4: this is no identity map"},
        {"<html><body>dn,mail</body></html>\n", ":1: this is no identity map"},
        {"\"dn,mail\n", ":1: this is no identity map"},
        {"{\"dn\":\"/o=Org\"}\n", ":1: this is no identity map"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *text = why(rows[i].data);
        cr_expect_eq(strncmp(text, path, strlen(path)), 0, "%s", text);
        cr_expect_eq(strncmp(text + strlen(path), rows[i].why, strlen(rows[i].why)), 0, "%s", text);
    }
    cr_expect_str_eq(why("dn,mail\n"), "");
    cr_expect_str_eq(why("proxyAddresses\n"), "");
    cr_expect_str_eq(why("dn: cn=a\n"), "");
}

Test(idmap, binaries_and_missing_files)
{
    char text[PL_IDMAP_WHY];
    write_bytes("dn,mail\n\0\0\0", 11);
    cr_assert_eq(pl_idmap_check(path, text), PL_STOP);
    cr_expect(strstr(text, ":2: this is no text"), "%s", text);
    cr_assert_eq(pl_idmap_check("/nonexistent/map.csv", text), PL_STOP);
    cr_expect_str_eq(text, "/nonexistent/map.csv: there is no such file; check the path");
    cr_assert_eq(pl_idmap_check("/tmp", text), PL_STOP);
}

Test(idmap, huge_values_stay_bounded)
{
    size_t size = (size_t)3 << 20;
    char *data = malloc(size + 256);
    int n = sprintf(data, "dn,mail,name\n/o=Org/cn=a,a@x,\"");
    memset(data + n, 'x', size);
    strcpy(data + (size_t)n + size, "\"\n/o=Org/cn=b,b@x,B\n");
    load(data);
    cr_expect_str_eq(who("b@x"), "b@x /o=Org/cn=b - B");
    cr_expect_str_eq(who("a@x"), "nobody");
    n = sprintf(data, "dn: cn=a\nmail: a2@x\nlegacyExchangeDN: /o=Org/cn=a2\nthumbnailPhoto:: ");
    memset(data + n, 'x', size);
    strcpy(data + (size_t)n + size, "\n\n");
    load(data);
    cr_expect_str_eq(who("a2@x"), "a2@x /o=Org/cn=a2 - -");
    free(data);
}

static enum pl_status breaks(struct pl_source *s, uint64_t offset, void *buf, size_t size, size_t *got)
{
    if (offset >= 16384)
        return PL_STOP;
    memcpy(buf, (const char *)s->hook + offset, size);
    *got = size;
    return PL_OK;
}

Test(idmap, a_device_that_fails)
{
    struct pl_text *text = pl_text_new();
    char *data = malloc(40000);
    struct pl_source source;
    strcpy(data, "dn,mail\n/o=Org/cn=a,a@x\n");
    memset(data + strlen(data), '\n', 40000 - strlen(data));
    pl_source_memory(&source, data, 40000);
    source.pread = breaks;
    cr_expect_eq(pl_idmap_over(&source, "map", text, people, &report), PL_LOST);
    cr_expect_str_eq(who("a@x"), "a@x /o=Org/cn=a - -");
    cr_expect(strstr(texts, "the file can't be read on"), "%s", texts);
    pl_source_close(&source);
    pl_text_free(text);
    free(data);
}

Test(idmap, want_of_memory)
{
    static const char data[] = "dn,mail,proxyAddresses\n/o=Org/cn=a,a@x,smtp:b@x;X500:/o=Old/cn=a\n";
    struct pl_text *text = pl_text_new();
    write_bytes(data, strlen(data));
    for (long n = 1; n < 30; n++) {
        fault_alloc(n, 1);
        enum pl_status st = pl_idmap_load(path, text, people, &report);
        fault_alloc(0, 0);
        cr_expect(st == PL_OK || st == PL_LOST || st == PL_STOP);
    }
    pl_text_free(text);
}
