/*
 * exchange.c - a table of folder permissions for Exchange and Exchange Online.
 *
 * Data only: docs/cookbook/exchange-sharing.ps1 is the constant script that reads it and sets
 * (never adds) what it says. The rights are the single words of Set-MailboxFolderPermission, which are the
 * bits of the source. A cell that a spreadsheet would run as a formula gets an apostrophe in front, which
 * the script takes away again.
 */
#include <string.h>

#include "emit.h"
#include "target.h"

static void begin(struct pl_buf *out)
{
    pl_buf_puts(out, "Mailbox,Folder,Role,Default,User,AccessRights,SharingPermissionFlags,Lost\n");
}

/* Words of the group of flags, or all others, joined. */
static void words(struct pl_buf *out, const struct pl_fit *fit, bool flags, const char *none)
{
    struct pl_buf b;
    pl_buf_init(&b, 1024);
    for (size_t i = 0; i < fit->count; i++)
        if (flags == !strcmp(fit->words[i], "CanViewPrivateItems"))
            pl_buf_printf(&b, b.size ? ";%s" : "%s", fit->words[i]);
    pl_emit_cell(out, b.size ? b.data : none, ',');
    out->failed = out->failed || b.failed;
    pl_buf_release(&b);
}

/* As Get-MailboxFolderStatistics shows it: U+F8FF stands for a '/' inside of a name. */
static void put_path(struct pl_buf *out, const struct pl_plan_folder *f)
{
    struct pl_buf b;
    pl_buf_init(&b, (size_t)1 << 20);
    for (size_t i = 0; i < f->depth; i++) {
        if (i)
            pl_buf_putc(&b, '/');
        for (const char *c = f->names[i]; *c; c++)
            if (*c == '/')
                pl_buf_puts(&b, "\xef\xa3\xbf");
            else
                pl_buf_putc(&b, *c);
    }
    pl_emit_cell(out, b.data ? b.data : "", ',');
    out->failed = out->failed || b.failed;
    pl_buf_release(&b);
}

/* A cell has no place for a control character: without it the name would be that of another folder. */
static bool has_path(const struct pl_plan_folder *f)
{
    for (size_t i = 0; i < f->depth; i++)
        for (const char *c = f->names[i]; *c; c++)
            if ((unsigned char)*c < 0x20 || *c == 0x7f)
                return false;
    return true;
}

static void put_grant(struct pl_buf *out, const struct pl_plan_folder *f, const struct pl_plan_grant *g)
{
    char lost[256];
    bool there = f->kept && (f->is_default || has_path(f));
    const char *user = g->trustee == PL_TRUSTEE_DEFAULT     ? "Default"
                       : g->trustee == PL_TRUSTEE_ANONYMOUS ? "Anonymous"
                       : g->user                            ? g->user
                                                            : "";
    pl_emit_cell(out, there ? f->owner : "", ',');
    put_path(out, f);
    pl_emit_cell(out, f->role, ',');
    pl_emit_cell(out, f->is_default ? "yes" : "", ',');
    pl_emit_cell(out, user, ',');
    words(out, &g->fit, false, "None");
    words(out, &g->fit, true, "");
    const char *why = !*user ? "nobody with an address" : f->owner && !there ? "no place for the folder" : NULL;
    pl_emit_cell(out, why ? why : pl_caps_text(pl_emit_lost(f, g), lost), '\n');
}

static void folder(struct pl_buf *out, const struct pl_plan_folder *f)
{
    for (size_t i = 0; i < f->count; i++)
        put_grant(out, f, &f->grants[i]);
}

const struct pl_target pl_target_exchange = {.name = "exchange",
                                             .title = "table for PowerShell of Exchange and Exchange Online",
                                             .begin = begin,
                                             .folder = folder};
