/*
 * t_vcf.c - the vCard writer: whole cards in both versions, compared with text written
 * by hand from RFC 2426, RFC 6350 and the mapping.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "lib_item.h"
#include "lib_vec.h"
#include "vcf.h"

static struct made m;
static void setup(void)
{
    made_init(&m, "IPM.Contact");
    made_named(&m, "vCardUID", "uid-1");
}

static void teardown(void) { made_release(&m); }
TestSuite(vcf, .init = setup, .fini = teardown);

static const struct pl_writer_options v3 = {.vcard = 30}, v4 = {.vcard = 40};
#define CARDS  "anna/contacts/Team/Plans.vcf"
#define BEGIN3 "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//pimlift//EN\r\nUID:uid-1\r\n"
#define BEGIN4 "BEGIN:VCARD\r\nVERSION:4.0\r\nPRODID:-//pimlift//EN\r\nUID;VALUE=text:uid-1\r\n"

static void check(const struct pl_writer_options *options, const char *expected)
{
    char *text = made_written(&m, &pl_vcf_writer, options, CARDS);
    cr_assert_not_null(text);
    unfold(text);
    cr_assert_str_eq(text, expected);
    free(text);
    m.record = (struct pl_record){0};
}

Test(vcf, names)
{
    made_text(&m, PidTagDisplayName, "Dr. Anna B. Doe-Ray Jr.");
    made_text(&m, PidTagSurname, "Doe;Ray");
    made_text(&m, PidTagGivenName, "Anna");
    made_text(&m, PidTagMiddleName, "B.");
    made_text(&m, PidTagDisplayNamePrefix, "Dr.");
    made_text(&m, PidTagGeneration, "Jr.");
    made_text(&m, PidTagNickname, "Ann");
    made_text(&m, PidLidFileUnder, "Doe, Anna");
    made_text(&m, PidLidYomiFirstName, "an na");
    made_text(&m, PidTagCompanyName, "Example, Inc.");
    made_text(&m, PidTagDepartmentName, "R;D");
    made_text(&m, PidTagTitle, "Head");
    made_text(&m, PidTagProfession, "Chemist");
    made_time(&m, PidTagLastModificationTime, at("2020-06-01 10:00:00"));
    check(&v3, BEGIN3 "FN:Dr. Anna B. Doe-Ray Jr.\r\nN:Doe\\;Ray;Anna;B.;Dr.;Jr.\r\nNICKNAME:Ann\r\n"
                      "SORT-STRING:Doe\\, Anna\r\nX-MS-FILE-AS:Doe\\, Anna\r\nX-PHONETIC-FIRST-NAME:an na\r\n"
                      "ORG:Example\\, Inc.;R\\;D\r\nTITLE:Head\r\nROLE:Chemist\r\nREV:2020-06-01T10:00:00Z\r\n"
                      "END:VCARD\r\n");
    check(&v4, BEGIN4 "FN:Dr. Anna B. Doe-Ray Jr.\r\nN;SORT-AS=\"Doe, Anna\":Doe\\;Ray;Anna;B.;Dr.;Jr.\r\n"
                      "NICKNAME:Ann\r\nX-MS-FILE-AS:Doe\\, Anna\r\nX-PHONETIC-FIRST-NAME:an na\r\n"
                      "ORG:Example\\, Inc.;R\\;D\r\nTITLE:Head\r\nROLE:Chemist\r\nREV:20200601T100000Z\r\n"
                      "END:VCARD\r\n");
}

Test(vcf, reaching)
{
    made_text(&m, PidTagDisplayName, "Bert");
    made_text(&m, PidLidEmail1AddressType, "EX");
    made_text(&m, PidLidEmail1EmailAddress, "/o=Org/cn=bert");
    made_text(&m, PidLidEmail1OriginalDisplayName, "bert@example.org");
    made_text(&m, PidLidEmail2AddressType, "SMTP");
    made_text(&m, PidLidEmail2EmailAddress, "b2@example.org");
    made_text(&m, PidLidEmail2DisplayName, "Bert (b2@example.org)");
    made_text(&m, PidLidEmail3DisplayName, "stale@example.org");
    made_text(&m, PidTagBusinessTelephoneNumber, "+1 555 1");
    made_text(&m, PidTagPrimaryTelephoneNumber, "+1 555 2");
    made_text(&m, PidTagCarTelephoneNumber, "+1 555 3");
    made_text(&m, PidTagHomeFaxNumber, "+1 555 4");
    made_text(&m, PidTagRadioTelephoneNumber, "+1 555 5");
    made_text(&m, PidLidWorkAddressStreet, "Main St 1\r\nFloor 2");
    made_text(&m, PidLidWorkAddressCity, "Town");
    made_text(&m, PidLidWorkAddress, "Main St 1\r\nTown");
    made_int(&m, PidLidPostalAddressId, 2);
    made_text(&m, PidTagHomeAddressCountry, "Elsewhere");
    made_text(&m, PidTagBusinessHomePage, "http://example.org/a,b;c");
    made_text(&m, PidLidInstantMessagingAddress, "sip:bert@example.org");
    check(&v3,
          BEGIN3 "FN:Bert\r\nN:Bert;;;;\r\n"
                 "EMAIL;TYPE=INTERNET;TYPE=PREF;X-PIMLIFT-EX=/o=Org/cn=bert:bert@example.org\r\n"
                 "EMAIL;TYPE=INTERNET:b2@example.org\r\n"
                 "TEL;TYPE=WORK;TYPE=VOICE:+1 555 1\r\nTEL;TYPE=VOICE;TYPE=PREF:+1 555 2\r\n"
                 "TEL;TYPE=CAR;TYPE=VOICE:+1 555 3\r\nX-MS-TEL;TYPE=RADIO:+1 555 5\r\n"
                 "TEL;TYPE=HOME;TYPE=FAX:+1 555 4\r\n"
                 "ADR;TYPE=WORK;TYPE=POSTAL;TYPE=PREF:;;Main St 1\\nFloor 2;Town;;;\r\n"
                 "LABEL;TYPE=WORK;TYPE=POSTAL;TYPE=PREF:Main St 1\\nTown\r\nADR;TYPE=HOME:;;;;;;Elsewhere\r\n"
                 "URL;TYPE=WORK:http://example.org/a,b;c\r\nIMPP:sip:bert@example.org\r\n"
                 "X-MS-IMADDRESS:sip:bert@example.org\r\nX-PIMLIFT-EMAIL-REST:stale@example.org\r\nEND:VCARD\r\n");
    check(&v4, BEGIN4 "FN:Bert\r\nN:Bert;;;;\r\nEMAIL;PREF=1;X-PIMLIFT-EX=/o=Org/cn=bert:bert@example.org\r\n"
                      "EMAIL;PREF=2:b2@example.org\r\nTEL;TYPE=work;TYPE=voice:+1 555 1\r\n"
                      "TEL;TYPE=voice;PREF=1:+1 555 2\r\nTEL;TYPE=voice;TYPE=x-car:+1 555 3\r\n"
                      "X-MS-TEL;TYPE=RADIO:+1 555 5\r\nTEL;TYPE=home;TYPE=fax:+1 555 4\r\n"
                      "ADR;TYPE=work;PREF=1;LABEL=Main St 1^nTown:;;Main St 1\\nFloor 2;Town;;;\r\n"
                      "ADR;TYPE=home:;;;;;;Elsewhere\r\nURL;TYPE=work:http://example.org/a,b;c\r\n"
                      "IMPP:sip:bert@example.org\r\nX-MS-IMADDRESS:sip:bert@example.org\r\nX-PIMLIFT-EMAIL-REST:"
                      "stale@example.org\r\nEND:VCARD\r\n");
}

Test(vcf, person)
{
    made_text(&m, PidTagSubject, "Cora");
    made_time(&m, PidTagBirthday, at("1970-02-28 23:00:00")); /* midnight east of Greenwich */
    made_time(&m, PidTagWeddingAnniversary, at("1999-12-31 12:00:00"));
    made_time(&m, PidLidWeddingAnniversaryLocal, at("1999-12-31 00:00:00"));
    made_text(&m, PidTagSpouseName, "Dan");
    made_texts(&m, PidTagChildrensNames, (const char *const[]){"Eve", "", "Finn"}, 3);
    made_text(&m, PidTagManagerName, "Gil");
    made_text(&m, PidTagAssistant, "Hal");
    made_int(&m, PidTagGender, 1);
    made_text(&m, PidTagHobbies, "chess");
    made_text(&m, PidLidContactUserField2, "field two");
    made_text(&m, PidTagGovernmentIdNumber, "4711");
    made_text(&m, PidTagBody, "a note");
    made_int(&m, PidTagSensitivity, 2);
    check(&v3,
          BEGIN3 "FN:Cora\r\nN:Cora;;;;\r\nBDAY:1970-03-01\r\nX-MS-ANNIVERSARY:1999-12-31\r\nX-MS-SPOUSE:Dan\r\n"
                 "X-MS-CHILD:Eve\r\nX-MS-CHILD:Finn\r\nX-MS-ASSISTANT:Hal\r\nX-MS-MANAGER:Gil\r\nX-GENDER:F\r\n"
                 "X-MS-INTERESTS:chess\r\nNOTE:a note\r\nCLASS:PRIVATE\r\nX-MS-TEXT:\r\n"
                 "X-MS-TEXT:field two\r\nX-PIMLIFT-GOVERNMENT-ID:4711\r\nEND:VCARD\r\n");
    check(&v4, BEGIN4 "FN:Cora\r\nN:Cora;;;;\r\nBDAY:19700301\r\nANNIVERSARY:19991231\r\n"
                      "RELATED;TYPE=spouse;VALUE=text:Dan\r\nRELATED;TYPE=child;VALUE=text:Eve\r\n"
                      "RELATED;TYPE=child;VALUE=text:Finn\r\nRELATED;TYPE=agent;VALUE=text:Hal\r\n"
                      "X-MS-MANAGER:Gil\r\nGENDER:F\r\nHOBBY:chess\r\nNOTE:a note\r\nX-CLASS:PRIVATE\r\n"
                      "X-MS-TEXT:\r\nX-MS-TEXT:field two\r\nX-PIMLIFT-GOVERNMENT-ID:4711\r\nEND:VCARD\r\n");
}

/* The address behind the label of a slot is no part of a name. */
Test(vcf, full_name_of_a_label)
{
    made_text(&m, PidLidEmail1EmailAddress, "x@example.org");
    made_text(&m, PidLidEmail1DisplayName, "Anna (X@example.org)");
    cr_assert(made_map(&m) > PL_LOST);
    cr_assert_str_eq(m.record.common.summary, "Anna");
}

/* FN is never empty, whatever the contact lacks. */
Test(vcf, full_name)
{
    static const struct {
        enum pl_pid pid;
        const char *text, *fn;
    } rows[] = {{PidTagDisplayName, "Anna", "Anna"},
                {PidTagSubject, "\x01\x01Sub", "Sub"},
                {PidLidFileUnder, "Doe, A", "Doe, A"},
                {PidTagSurname, "Doe", "Doe"},
                {PidTagCompanyName, "Inc.", "Inc."},
                {PidLidEmail1EmailAddress, "x@example.org", "x@example.org"},
                {PidTagMobileTelephoneNumber, "+1", "+1"},
                {PidTagDisplayName, "\x01\x02 \r\n\t", "(no name)"},
                {PidTagDisplayName, "\xc2\x81\xe2\x80\x8b\xe3\x80\x80", "(no name)"},
                /* whole words of plain text up to the very end, after something that has to go */
                {PidTagDisplayName,
                 "\x02"
                 "abcdefgh",
                 "abcdefgh"},
                {PidTagDisplayName,
                 "\xc2\x80"
                 "abcdefghijklmnop",
                 "abcdefghijklmnop"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        teardown();
        setup();
        made_text(&m, rows[i].pid, rows[i].text);
        made_text(&m, PidTagBody, "what lies behind it in memory");
        cr_assert(made_map(&m) > PL_LOST);
        cr_assert_str_eq(m.record.common.summary, rows[i].fn);
    }
}

static void add_photo(const void *data, size_t size)
{
    struct pl_bag *a = made_attachment(&m);
    made_bag_text(&m, a, PidTagAttachLongFilename, "ContactPicture.jpg");
    made_bag_int(&m, a, PidTagAttachMethod, 1);
    made_bag_int(&m, a, PidTagAttachmentContactPhoto, 1);
    made_bag_stream(&m, a, PidTagAttachDataBinary, data, size);
}

Test(vcf, photo)
{
    made_text(&m, PidTagDisplayName, "Bert");
    add_photo("\xff\xd8\xff\xe0jpeg", 8);
    check(&v3, BEGIN3 "FN:Bert\r\nN:Bert;;;;\r\nPHOTO;ENCODING=b;TYPE=JPEG:/9j/4GpwZWc=\r\nEND:VCARD\r\n");
    check(&v4, BEGIN4 "FN:Bert\r\nN:Bert;;;;\r\nPHOTO:data:image/jpeg;base64,/9j/4GpwZWc=\r\nEND:VCARD\r\n");
}

Test(vcf, attachment)
{
    made_text(&m, PidTagDisplayName, "Bert");
    struct pl_bag *a = made_attachment(&m);
    made_bag_text(&m, a, PidTagAttachLongFilename, "a; b.txt");
    made_bag_text(&m, a, PidTagAttachMimeTag, "text/plain");
    made_bag_int(&m, a, PidTagAttachMethod, 1);
    made_bag_stream(&m, a, PidTagAttachDataBinary, "text", 4);
    check(&v3, BEGIN3 "FN:Bert\r\nN:Bert;;;;\r\nX-PIMLIFT-ATTACH;X-FILENAME=\"a; b.txt\";ENCODING=b;"
                      "X-MEDIATYPE=text/plain:dGV4dA==\r\nEND:VCARD\r\n");
    check(&v4, BEGIN4 "FN:Bert\r\nN:Bert;;;;\r\nX-PIMLIFT-ATTACH;X-FILENAME=\"a; b.txt\":data:text/plain;base64,"
                      "dGV4dA==\r\nEND:VCARD\r\n");
}

Test(vcf, photo_lost)
{
    made_text(&m, PidTagDisplayName, "Bert");
    add_photo("\xff\xd8\xff\xe0jpeg", 8);
    m.short_by = 1;
    check(&v3, BEGIN3 "FN:Bert\r\nN:Bert;;;;\r\nEND:VCARD\r\n");
    cr_assert_str_eq(m.code, "attach.unreadable");
}

/* A photo of 20 MB passes through: the arena of the item holds none of it. */
Test(vcf, large_photo)
{
    size_t size = (size_t)20 << 20;
    char *data = calloc(1, size);
    memcpy(data, "\xff\xd8\xff\xe0", 4);
    made_text(&m, PidTagDisplayName, "Bert");
    add_photo(data, size);
    char *text = made_written(&m, &pl_vcf_writer, &v3, CARDS);
    cr_assert_gt(strlen(text), size / 3 * 4);
    cr_assert_lt(m.arena.used, (size_t)256 << 10);
    free(text);
    free(data);
}

/* Read by python3-vobject: every field comes back as it went in. */
Test(vcf, read_by_vobject)
{
    made_text(&m, PidTagDisplayName, "Zo\xc3\xab, \\ Doe; \xe6\xbc\xa2\xe5\xad\x97");
    made_text(&m, PidTagSurname, "Doe, Ray");
    made_text(&m, PidTagGivenName, "Zo\xc3\xab");
    made_text(&m, PidLidEmail1EmailAddress, "zoe@example.org");
    made_text(&m, PidTagBusinessTelephoneNumber, "+1 555 1");
    made_text(&m, PidLidWorkAddressStreet, "Main St 1\r\nFloor 2, left");
    made_text(&m, PidLidWorkAddressCity, "Town");
    made_time(&m, PidLidBirthdayLocal, at("1970-03-01"));
    made_text(&m, PidTagBody,
              "a long note, with \"quotes\"; and a second line of text that is folded more than once\r\nend");
    add_photo("\xff\xd8\xff\xe0jpeg", 8);
    char *text = made_written(&m, &pl_vcf_writer, &v3, CARDS);
    int judged = judged_by_python(
        text, "c = vobject.readOne(f)\nc.validate(raiseException=True)",
        "c.fn.value == 'Zo\\u00eb, \\\\ Doe; \\u6f22\\u5b57' and c.n.value.family == 'Doe, Ray' and "
        "c.n.value.given == 'Zo\\u00eb' and c.email.value == 'zoe@example.org' and c.tel.value == '+1 555 1' and "
        "c.adr.value.street == 'Main St 1\\nFloor 2, left' and c.adr.value.city == 'Town' and "
        "c.bday.value == '1970-03-01' and c.note.value.endswith('more than once\\nend') and "
        "c.note.value.startswith('a long note, with \"quotes\"; and') and "
        "c.photo.value == b'\\xff\\xd8\\xff\\xe0jpeg'");
    free(text);
    if (judged < 0)
        cr_skip_test("python3-vobject is not installed");
    cr_assert_eq(judged, 1);
}

/* A certificate bare, one in the list of (tag, size, data) that Outlook keeps, and a bundle. [MS-OXOABK] 2.2.4.38
 */
Test(vcf, certificates)
{
    static uint8_t listed[4 + 4 + 4 + 82], bundle[96];
    static const uint8_t bundle_head[] = {0x30, 0x5e, 0x06, 0x09, 0x2a, 0x86, 0x48,
                                          0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
    memcpy(listed, "\x01\x00\x08\x00\x00\x00\x00\x00\x03\x00\x56\x00\x30\x50\x30", 15);
    memcpy(bundle, bundle_head, sizeof bundle_head);
    const struct pl_bytes values[] = {{listed + 12, 82}, {listed, sizeof listed}, {bundle, sizeof bundle}};
    made_text(&m, PidTagDisplayName, "Bert");
    made_blobs(&m, PidTagUserX509Certificate, values, 3);
    char *text = made_written(&m, &pl_vcf_writer, &v4, CARDS);
    unfold(text);
    const char *first = strstr(text, "KEY:data:application/pkix-cert;base64,MFAw");
    const char *second = first ? strstr(first + 1, "KEY:data:application/pkix-cert;base64,MFAw") : NULL;
    cr_assert(second && strstr(second, "KEY:data:application/pkcs7-mime;base64,MF4GCSqGSIb3DQEHAg"), "%s", text);
    free(text);
}

/* --- groups ---------------------------------------------------------------- */

#define ONEOFF "00000000 812B1FA4BEA310199D6E00DD010F5402 0000 "
#define BOOK   "00000000 DCA740C8C042101AB4B908002B2FE182 01000000 00000000 "
#define WRAP   "00000000 C091ADD3519DCF11A4A900AA0047FAA4 "

static struct vec kept[16];
static size_t kept_count;

static struct pl_bytes blob(const char *hex)
{
    struct vec *v = &kept[kept_count++];
    *v = vec_hex(hex);
    return (struct pl_bytes){.data = v->data, .size = v->size};
}

static void group_done(void)
{
    while (kept_count)
        vec_free(&kept[--kept_count]);
}

Test(vcf, group, .fini = group_done)
{
    struct made other;
    /* a message of a PST: flags, record key of the store, node id */
    static const char id[] = "00000000 000102030405060708090A0B0C0D0E0F 24002000";
    char contact[128];
    made_init(&other, "IPM.Contact");
    strcpy(other.item.key, "eid:00000000000102030405060708090a0b0c0d0e0f24002000");
    made_text(&other, PidTagDisplayName, "Contact Two");
    made_text(&other, PidLidEmail2EmailAddress, "two@example.org");
    made_bytes(&other, PidTagSearchKey, "ABCDEFGHIJKLMNOP", 16);
    m.others[0] = &other;
    strcat(strcpy(contact, WRAP "D3"), id); /* contact, its second address */
    const struct pl_bytes entries[] = {
        /* Bert, SMTP, b@example.org: 8-bit */
        blob(ONEOFF "0100 4265727400 534D545000 62406578616D706C652E6F726700"),
        blob(WRAP "B5" BOOK "2F6F3D4F72672F636E3D636F726100"), /* a user of the directory: /o=Org/cn=cora */
        blob(contact),
        blob(WRAP "C3 00000000 000102030405060708090A0B0C0D0E0F 99999999"), /* a contact that is gone */
    };
    const struct pl_bytes oneoffs[] = {
        blob(ONEOFF "0180 4200 6500 7200 7400 0000 5300 4D00 5400 5000 0000 6200 4000 7800 0000"),
        blob(ONEOFF "0100 436F726100 455800 2F6F3D4F72672F636E3D636F726100"),
        blob(ONEOFF "0100 6F6C6400 534D545000 6F6C6440657800"),
        blob(ONEOFF "0180 D400 6500 0000 5300 4D00 5400 5000 0000 6700 4000 7800 0000"),
    };
    m.item.message_class = "IPM.DistList";
    made_text(&m, PidLidDistributionListName, "Team");
    made_blobs(&m, PidLidDistributionListMembers, entries, 4);
    made_blobs(&m, PidLidDistributionListOneOffMembers, oneoffs, 4);
    check(&v4, BEGIN4 "FN:Team\r\nN:Team;;;;\r\nKIND:group\r\nMEMBER;X-CN=Bert:mailto:b@example.org\r\n"
                      "MEMBER;X-CN=Cora;X-PIMLIFT-EX=/o=Org/cn=cora:invalid:nomail\r\n"
                      "MEMBER;X-CN=Contact Two;X-EMAIL=two@example.org:urn:uuid:"
                      "039bc013-7c95-5dad-b05b-b9f990e4972a"
                      "\r\n"
                      "MEMBER;X-CN=\xc3\x94"
                      "e:mailto:g@x\r\nEND:VCARD\r\n");
    check(&v3, BEGIN3 "FN:Team\r\nN:Team;;;;\r\nX-ADDRESSBOOKSERVER-KIND:group\r\n"
                      "X-ADDRESSBOOKSERVER-MEMBER;X-CN=Bert:mailto:b@example.org\r\n"
                      "X-ADDRESSBOOKSERVER-MEMBER;X-CN=Cora;X-PIMLIFT-EX=/o=Org/cn=cora:invalid:nomail\r\n"
                      "X-ADDRESSBOOKSERVER-MEMBER;X-CN=Contact Two;X-EMAIL=two@example.org:urn:uuid:"
                      "039bc013-7c95-5dad-b05b-b9f990e4972a"
                      "\r\nX-ADDRESSBOOKSERVER-MEMBER;X-CN=\xc3\x94"
                      "e:mailto:g@x\r\nEND:VCARD\r\n");
    made_release(&other);
}

/* The checksum tells whether the frozen entries are those of the members; right and wrong.
 */
Test(vcf, group_checksum, .fini = group_done)
{
    static const struct {
        uint32_t checksum;
        const char *code, *name;
    } rows[] = {{0x6b810ee1, "", "Cora"}, {1, "group.lists", NULL}};
    const struct pl_bytes entry = blob(BOOK "2F6F3D4F72672F636E3D636F726100"); /* /o=Org/cn=cora */
    const struct pl_bytes frozen = blob(ONEOFF "0100 436F726100 455800 2F6F3D4F72672F636E3D636F726100");
    for (size_t i = 0; i < 2; i++) {
        teardown();
        setup();
        m.item.message_class = "IPM.DistList";
        made_text(&m, PidTagDisplayName, "Team");
        made_blobs(&m, PidLidDistributionListMembers, &entry, 1);
        made_blobs(&m, PidLidDistributionListOneOffMembers, &frozen, 1);
        made_int(&m, PidLidDistributionListChecksum, (int32_t)rows[i].checksum);
        cr_assert(made_map(&m) > PL_LOST);
        cr_assert_str_eq(m.code, rows[i].code);
        const struct pl_member *one = m.record.as.group.members;
        cr_assert_str_eq(one->dn, "/o=Org/cn=cora");
        cr_assert(rows[i].name ? one->name && !strcmp(one->name, rows[i].name) : !one->name);
    }
}

/* The stream of [MS-OXOCNTC] 2.2.2.2.4: two members, the second without a frozen entry. */
#define STREAM_HEAD "0100 0000 0C000000 00000000 02000000 00000000 00000000 00000000 "
#define BERT        ONEOFF "0100 4265727400 534D545000 6240782E6F726700"
Test(vcf, group_stream, .fini = group_done)
{
    const struct pl_bytes stream = blob(STREAM_HEAD "2A000000" BERT "2A000000" BERT "00000000"
                                                    "2A000000" BERT "00000000 00000000 00000000 00000000");
    m.item.message_class = "IPM.DistList";
    made_text(&m, PidTagDisplayName, "Team");
    made_stream(&m, PidLidDistributionListStream, PT_BINARY, stream.data, stream.size);
    check(&v4, BEGIN4 "FN:Team\r\nN:Team;;;;\r\nKIND:group\r\nMEMBER;X-CN=Bert:mailto:b@x.org\r\n"
                      "MEMBER;X-CN=Bert:mailto:b@x.org\r\nEND:VCARD\r\n");
    for (size_t size = 0; size < stream.size; size++) {
        teardown();
        setup();
        m.item.message_class = "IPM.DistList";
        made_bytes(&m, PidLidDistributionListStream, stream.data, size);
        cr_assert(made_map(&m) > PL_LOST);
        cr_assert_leq(m.record.as.group.member_count, 2);
    }
}

/* Every prefix of every form: no member, or one, never a read beyond the bytes. */
Test(vcf, cut_entry_ids, .fini = group_done)
{
    const struct pl_bytes whole[] = {
        blob(ONEOFF "0100 4265727400 534D545000 62406578616D706C652E6F726700"),
        blob(ONEOFF "0180 4200 0000 5300 4D00 5400 5000 0000 6200 4000 7800 0000"),
        blob(WRAP "B5" BOOK "2F6F3D4F726700"),
        blob("00000000 FE42AA0A18C71A10E8850B651C240000 03000000 04000000 01000000 18000000 "
             "00000000 000102030405060708090A0B0C0D0E0F 24002000"),
        blob(WRAP "00" WRAP "00" WRAP "00" WRAP "00" WRAP "00" WRAP "00" WRAP "00" WRAP "00" WRAP "00"),
    };
    for (size_t i = 0; i < 5; i++)
        for (size_t size = 0; size <= whole[i].size; size++) {
            uint8_t *copy = malloc(size ? size : 1);
            memcpy(copy, whole[i].data, size);
            teardown();
            setup();
            m.item.message_class = "IPM.DistList";
            const struct pl_bytes one = {.data = copy, .size = size};
            made_blobs(&m, PidLidDistributionListMembers, &one, 1);
            cr_assert(made_map(&m) > PL_LOST);
            cr_assert_leq(m.record.as.group.member_count, 1);
            free(copy);
        }
}
