/*
 * exchange13_schema.c - tables of Exchange 2013 and later: columns with readable names; rows of them.
 *
 * Layout: docs/formats/edb-2013-fixtures.md. Long columns are compressed, but for what an attachment holds.
 */
#include "exchange13_int.h"

#include <string.h>

enum kind { K_LONG, K_SHORT, K_INT64, K_BIT, K_TIME, K_GUID, K_ID, K_BYTES, K_TEXT, K_BLOB, K_BLOBS, K_CONTENT };

static const struct {
    enum ms_ese_type type;
    enum ms_ese_place place;
    unsigned flags;
    uint32_t size;
    size_t separate;
} kinds[] = {
    [K_LONG] = {MS_ESE_LONG, MS_ESE_FIXED, 0, 4, 0},
    [K_SHORT] = {MS_ESE_SHORT, MS_ESE_FIXED, 0, 2, 0},
    [K_INT64] = {MS_ESE_INT64, MS_ESE_FIXED, 0, 8, 0},
    [K_BIT] = {MS_ESE_BIT, MS_ESE_FIXED, 0, 1, 0},
    [K_TIME] = {MS_ESE_TIME, MS_ESE_FIXED, 0, 8, 0},
    [K_GUID] = {MS_ESE_GUID, MS_ESE_FIXED, 0, 16, 0},
    [K_ID] = {MS_ESE_BINARY, MS_ESE_FIXED, 0, XM_ID, 0},
    [K_BYTES] = {MS_ESE_BINARY, MS_ESE_VARIABLE, 0, 255, 0},
    [K_TEXT] = {MS_ESE_LONGTEXT, MS_ESE_TAGGED, MS_ESE_COMPRESSED, 0, 0},
    [K_BLOB] = {MS_ESE_LONGBINARY, MS_ESE_TAGGED, MS_ESE_COMPRESSED, 0, 4096},
    [K_BLOBS] = {MS_ESE_LONGBINARY, MS_ESE_TAGGED, MS_ESE_COMPRESSED | MS_ESE_MULTI, 0, 0},
    [K_CONTENT] = {MS_ESE_LONGBINARY, MS_ESE_TAGGED, 0, 0, 0},
};

struct column {
    enum xm_table table;
    unsigned place;
    const char *name;
    enum kind kind;
};

static const struct column columns[] = {
    {XM_MAILBOX, XB_NUMBER, "MailboxNumber", K_LONG},
    {XM_MAILBOX, XB_GUID, "MailboxGuid", K_GUID},
    {XM_MAILBOX, XB_OWNER, "OwnerADGuid", K_GUID},
    {XM_MAILBOX, XB_INSTANCE, "MailboxInstanceGuid", K_GUID},
    {XM_MAILBOX, XB_MAPPING, "MappingSignatureGuid", K_GUID},
    {XM_MAILBOX, XB_TYPE, "MailboxType", K_LONG},
    {XM_MAILBOX, XB_ARCHIVE, "IsArchiveMailbox", K_BIT},
    {XM_MAILBOX, XB_OWNER_NAME, "MailboxOwnerDisplayName", K_TEXT},
    {XM_MAILBOX, XB_NAME, "DisplayName", K_TEXT},
    {XM_MAILBOX, XB_BLOB, "PropertyBlob", K_BLOB},
    {XM_IDENTITY, XI_NUMBER, "MailboxNumber", K_LONG},
    {XM_IDENTITY, XI_LOCAL, "LocalIdGuid", K_GUID},
    {XM_NAMES, XN_NUMBER, "PropNumber", K_LONG},
    {XM_NAMES, XN_GUID, "PropGuid", K_GUID},
    {XM_NAMES, XN_DISPID, "PropDispId", K_LONG},
    {XM_NAMES, XN_NAME, "PropName", K_TEXT},
    {XM_FOLDER, XF_ID, "FolderId", K_ID},
    {XM_FOLDER, XF_PARENT, "ParentFolderId", K_ID},
    {XM_FOLDER, XF_SPECIAL, "SpecialFolderNumber", K_SHORT},
    {XM_FOLDER, XF_MESSAGES, "MessageCount", K_INT64},
    {XM_FOLDER, XF_HIDDEN, "HiddenItemCount", K_INT64},
    {XM_FOLDER, XF_FOLDERS, "FolderCount", K_INT64},
    {XM_FOLDER, XF_SOURCE_KEY, "SourceKey", K_BYTES},
    {XM_FOLDER, XF_CHANGE_KEY, "ChangeKey", K_BYTES},
    {XM_FOLDER, XF_CREATOR, "CreatorSid", K_BYTES},
    {XM_FOLDER, XF_MODIFIER, "LastModifierSid", K_BYTES},
    {XM_FOLDER, XF_NAME, "DisplayName", K_TEXT},
    {XM_FOLDER, XF_COMMENT, "Comment", K_TEXT},
    {XM_FOLDER, XF_CLASS, "ContainerClass", K_TEXT},
    {XM_FOLDER, XF_EXTENSION, "ExtensionBlob", K_BLOB},
    {XM_FOLDER, XF_DELTA, "PropertyBlobDelta", K_BLOB},
    {XM_MESSAGE, XG_ID, "MessageDocumentId", K_LONG},
    {XM_MESSAGE, XG_HIDDEN, "IsHidden", K_BIT},
    {XM_MESSAGE, XG_READ, "IsRead", K_BIT},
    {XM_MESSAGE, XG_ATTACHMENTS, "HasAttachments", K_BIT},
    {XM_MESSAGE, XG_IMPORTANCE, "Importance", K_SHORT},
    {XM_MESSAGE, XG_SENSITIVITY, "Sensitivity", K_SHORT},
    {XM_MESSAGE, XG_BODY_TYPE, "BodyType", K_SHORT},
    {XM_MESSAGE, XG_RECEIVED, "DateReceived", K_TIME},
    {XM_MESSAGE, XG_SENT, "DateSent", K_TIME},
    {XM_MESSAGE, XG_CREATED, "DateCreated", K_TIME},
    {XM_MESSAGE, XG_MODIFIED, "LastModificationTime", K_TIME},
    {XM_MESSAGE, XG_SIZE, "Size", K_INT64},
    {XM_MESSAGE, XG_MESSAGE_ID, "MessageId", K_BYTES},
    {XM_MESSAGE, XG_FOLDER, "FolderId", K_BYTES},
    {XM_MESSAGE, XG_CLASS, "MessageClass", K_TEXT},
    {XM_MESSAGE, XG_PREFIX, "SubjectPrefix", K_TEXT},
    {XM_MESSAGE, XG_TO, "DisplayTo", K_TEXT},
    {XM_MESSAGE, XG_RECIPIENTS, "RecipientList", K_BLOBS},
    {XM_MESSAGE, XG_BODY, "NativeBody", K_BLOB},
    {XM_MESSAGE, XG_CHILDREN, "SubobjectsBlob", K_BLOB},
    {XM_ATTACHMENT, XA_INID, "Inid", K_INT64},
    {XM_ATTACHMENT, XA_EMBEDDED, "IsEmbeddedMessage", K_BIT},
    {XM_ATTACHMENT, XA_METHOD, "AttachmentMethod", K_LONG},
    {XM_ATTACHMENT, XA_SIZE, "Size", K_INT64},
    {XM_ATTACHMENT, XA_ID, "AttachmentId", K_BYTES},
    {XM_ATTACHMENT, XA_NAME, "Name", K_TEXT},
    {XM_ATTACHMENT, XA_TYPE, "ContentType", K_TEXT},
    {XM_ATTACHMENT, XA_CONTENT, "Content", K_CONTENT},
    {XM_ATTACHMENT, XA_RECIPIENTS, "RecipientList", K_BLOBS},
    {XM_ATTACHMENT, XA_CHILDREN, "SubobjectsBlob", K_BLOB},
};

static const struct {
    const char *name; /* of the mailbox's own: its number follows */
    bool own;
    int blobs; /* where the columns of the blobs begin, -1 none */
} tables[XM_TABLES] = {
    [XM_MAILBOX] = {"Mailbox", false, -1},
    [XM_IDENTITY] = {"MailboxIdentity", false, -1},
    [XM_NAMES] = {"ExtendedPropertyNameMapping_", true, -1},
    [XM_FOLDER] = {"Folder_", true, XF_BLOBS},
    [XM_MESSAGE] = {"Message_", true, XG_BLOBS},
    [XM_ATTACHMENT] = {"Attachment_", true, XA_BLOBS},
};

/* The columns of blobs: PropertyBlob, OffPagePropertyBlob, LargePropertyValueBlob, the slots. */
enum { BLOB_MAIN, BLOB_OFF, BLOB_LARGE, BLOB_SLOTS, BLOB_COLUMNS = BLOB_SLOTS + XM_SLOTS };

static struct ms_ese_column column_of(const char *name, enum kind kind)
{
    return (struct ms_ese_column){.name = name,
                                  .type = kinds[kind].type,
                                  .place = kinds[kind].place,
                                  .flags = kinds[kind].flags,
                                  .size = kinds[kind].size,
                                  .codepage = kind == K_TEXT ? 1200 : 0,
                                  .separate = kinds[kind].separate};
}

struct ms_ese_table *xm_table_new(struct ms_writer *w, enum xm_table which, unsigned number)
{
    static const char *const blobs[] = {"PropertyBlob", "OffPagePropertyBlob", "LargePropertyValueBlob"};
    struct ms_ese_column list[XM_COLUMNS];
    size_t count = 0;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (columns[i].table == which)
            list[count++] = column_of(columns[i].name, columns[i].kind);
    for (unsigned i = 0; tables[which].blobs >= 0 && i < BLOB_COLUMNS; i++) {
        const char *name =
            i < BLOB_SLOTS ? blobs[i] : ms_text(&w->scratch, "SeparatedProperty%02u", i - BLOB_SLOTS + 1);
        list[count++] = column_of(name, K_BLOB);
    }
    struct ms_ese_index primary = {"PrimaryKey", MS_ESE_PRIMARY | MS_ESE_UNIQUE, 1, {0}, {false}};
    const char *name =
        tables[which].own ? ms_text(&w->scratch, "%s%u", tables[which].name, number) : tables[which].name;
    struct ms_ese_schema schema = {
        .name = name, .columns = list, .column_count = count, .indexes = &primary, .index_count = 1};
    return ms_ese_table(w->db, &schema);
}

/* --- rows ---------------------------------------------------------------------------------- */

void xm_row_begin(struct xm_row *r, struct ms_writer *w, enum xm_table which)
{
    r->w = w;
    r->which = which;
    r->count = 0;
}

static void put(struct xm_row *r, unsigned column, const struct ms_ese_piece *pieces, size_t count)
{
    r->values[r->count++] = (struct ms_ese_value){.column = column, .count = count, .pieces = pieces};
}

void xm_piece(struct xm_row *r, unsigned column, const struct ms_ese_piece *piece)
{
    put(r, column, ms_copy(&r->w->scratch, piece, sizeof *piece), 1);
}

void xm_bytes(struct xm_row *r, unsigned column, const void *data, size_t size)
{
    xm_piece(r, column, &(struct ms_ese_piece){.data = data, .size = size});
}

static enum kind kind_of(enum xm_table which, unsigned place)
{
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (columns[i].table == which && columns[i].place == place)
            return columns[i].kind;
    return K_BLOB;
}

void xm_number(struct xm_row *r, unsigned column, uint64_t v)
{
    enum kind kind = kind_of(r->which, column);
    uint8_t *bytes = ms_alloc(&r->w->scratch, 8);
    ese_le64(bytes, kind == K_BIT && v ? 0xff : v);
    xm_bytes(r, column, bytes, kinds[kind].size);
}

void xm_text(struct xm_row *r, unsigned column, const char *utf8)
{
    struct ms_bytes out = {.mem = &r->w->scratch};
    if (!utf8)
        return;
    ms_put_utf16(&out, utf8);
    xm_bytes(r, column, out.data, out.size);
}

void xm_multi(struct xm_row *r, unsigned column, const struct ms_bytes *list, size_t count)
{
    struct ms_ese_piece *pieces = ms_alloc(&r->w->scratch, (count + 1) * sizeof *pieces);
    for (size_t i = 0; i < count; i++)
        pieces[i] = (struct ms_ese_piece){.data = list[i].data, .size = list[i].size};
    if (count)
        put(r, column, pieces, count);
}

void xm_blobs(struct xm_row *r, unsigned column, const struct xm_packed *packed)
{
    const struct ms_bytes *blobs[] = {&packed->main, &packed->off, &packed->large};
    for (unsigned i = 0; i < sizeof blobs / sizeof *blobs; i++)
        if (blobs[i]->size)
            xm_bytes(r, column + i, blobs[i]->data, blobs[i]->size);
    for (unsigned i = 0; i < packed->slot_count; i++)
        xm_bytes(r, column + BLOB_SLOTS + i, packed->slots[i].data, packed->slots[i].size);
}

int xm_row_end(struct xm_row *r, struct ms_ese_table *table, bool deleted)
{
    if (!table)
        return r->w->failed ? -1 : 0; /* on request it isn't there */
    return r->w->failed || ms_ese_row(table, r->values, r->count, deleted) ? -1 : 0;
}
