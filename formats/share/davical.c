/*
 * davical.c - SQL that sets in DAViCal's database who may do what, and the folders of others that stand in people's
 * homes.
 *
 * The text begins with functions that are gone with the connection; behind them stands one call for each grant.
 * Names are literals of standard SQL and nothing else. In DAViCal who is listed has what he is given, also nothing,
 * and everybody else what the collection gives by default; so both are always set, and a call fails, with all
 * before it, when a collection or an account is not there, because it could be the one that is denied.
 * Items come in by PUT: the folders are those of Radicale, and docs/cookbook/dav-upload.py takes them.
 */
#include <string.h>
#include <strings.h>

#include "radicale.h"
#include "target.h"
#include "tree.h"

static void literal(struct pl_buf *out, const char *text)
{
    pl_buf_putc(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            pl_buf_putc(out, '\'');
        pl_buf_putc(out, (unsigned char)*text < 0x20 || *text == '\\' ? '_' : *text);
    }
    pl_buf_putc(out, '\'');
}

static void path(struct pl_buf *out, const char *owner, const char *collection)
{
    struct pl_buf b;
    pl_buf_init(&b, 4096);
    pl_buf_printf(&b, "/%s/%s/", owner, collection);
    literal(out, b.data ? b.data : "");
    out->failed = out->failed || b.failed;
    pl_buf_release(&b);
}

static void begin(struct pl_buf *out)
{
    pl_buf_puts(
        out,
        "-- Who may do what, for DAViCal; made by pimlift. psql -1 -v ON_ERROR_STOP=1 -d davical -f FILE\n"
        "SET standard_conforming_strings = on;\n"
        "SET client_encoding = 'UTF8';\n"
        "CREATE FUNCTION pg_temp.bits(words TEXT[]) RETURNS BIT(24) AS $$\n"
        "  SELECT CASE WHEN cardinality(words) = 0 THEN 0::BIT(24)\n"
        "    ELSE privilege_to_bits(words || '{read-current-user-privilege-set}'::TEXT[]) END\n"
        "$$ LANGUAGE sql;\n"
        "CREATE FUNCTION pg_temp.begin_collection(name TEXT, others TEXT[], public BOOLEAN) RETURNS VOID AS $$\n"
        "BEGIN\n"
        "  UPDATE collection SET default_privileges = pg_temp.bits(others), publicly_readable = public\n"
        "    WHERE dav_name = name;\n"
        "  IF NOT FOUND THEN RAISE EXCEPTION 'there is no collection %', name; END IF;\n"
        "  DELETE FROM grants WHERE by_collection = (SELECT collection_id FROM collection WHERE dav_name = name);\n"
        "END\n"
        "$$ LANGUAGE plpgsql;\n"
        "CREATE FUNCTION pg_temp.may(name TEXT, who TEXT, words TEXT[]) RETURNS VOID AS $$\n"
        "BEGIN\n"
        "  INSERT INTO grants(by_collection, to_principal, privileges, is_group)\n"
        "    SELECT c.collection_id, p.principal_id, pg_temp.bits(words), FALSE\n"
        "    FROM collection c, principal p JOIN usr u USING (user_no) WHERE c.dav_name = name AND u.username = "
        "who;\n"
        "  IF NOT FOUND THEN RAISE EXCEPTION 'there is no account %', who; END IF;\n"
        "END\n"
        "$$ LANGUAGE plpgsql;\n"
        "CREATE FUNCTION pg_temp.opens(who TEXT, name TEXT, title TEXT, kind TEXT) RETURNS VOID AS $$\n"
        "BEGIN\n"
        "  INSERT INTO dav_binding(bound_source_id, dav_owner_id, parent_container, dav_name, dav_displayname, "
        "type)\n"
        "    SELECT c.collection_id, p.principal_id, '/' || who || '/',\n"
        "      '/' || who || '/' || replace(btrim(name, '/'), '/', '_') || '/', title, kind\n"
        "    FROM collection c, principal p JOIN usr u USING (user_no) WHERE c.dav_name = name AND u.username = "
        "who\n"
        "    ON CONFLICT (dav_name) DO UPDATE SET bound_source_id = excluded.bound_source_id,\n"
        "      dav_displayname = excluded.dav_displayname;\n"
        "  IF NOT FOUND THEN RAISE EXCEPTION 'there is no account % or no collection %', who, name; END IF;\n"
        "END\n"
        "$$ LANGUAGE plpgsql;\n\n");
}

static void words(struct pl_buf *out, const struct pl_fit *fit)
{
    pl_buf_puts(out, "'{");
    for (size_t i = 0; fit && i < fit->count; i++)
        pl_buf_printf(out, i ? ",%s" : "%s", fit->words[i]);
    pl_buf_puts(out, "}'");
}

static const struct pl_fit *fit_of(const struct pl_plan_folder *f, enum pl_trustee trustee)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->grants[i].trustee == trustee)
            return &f->grants[i].fit;
    return NULL;
}

static void folder(struct pl_buf *out, const struct pl_plan_folder *f)
{
    const struct pl_fit *anonymous = fit_of(f, PL_TRUSTEE_ANONYMOUS);
    if (!f->kept)
        return;
    pl_buf_puts(out, "SELECT pg_temp.begin_collection(");
    path(out, f->owner, f->collection);
    pl_buf_puts(out, ", ");
    words(out, fit_of(f, PL_TRUSTEE_DEFAULT));
    pl_buf_puts(out, anonymous && anonymous->given & PL_CAN_READ ? ", TRUE);\n" : ", FALSE);\n");
    for (size_t i = 0; i < f->count; i++) {
        const struct pl_plan_grant *g = &f->grants[i];
        if (!g->user || !strcmp(g->user, f->owner))
            continue;
        pl_buf_puts(out, "SELECT pg_temp.may(");
        path(out, f->owner, f->collection);
        pl_buf_puts(out, ", ");
        literal(out, g->user);
        pl_buf_puts(out, ", ");
        words(out, &g->fit);
        pl_buf_puts(out, ");\n");
    }
}

static bool finish(struct pl_tree *t, struct pl_buf *text)
{
    for (const struct pl_tree_opened *o = t->opened; o; o = o->next) {
        pl_buf_puts(text, "SELECT pg_temp.opens(");
        literal(text, o->user);
        pl_buf_puts(text, ", ");
        path(text, o->folder->owner, o->folder->collection);
        pl_buf_puts(text, ", ");
        literal(text, o->folder->name);
        pl_buf_puts(text, strcmp(o->folder->role, "contacts") ? ", 'calendar');\n" : ", 'addressbook');\n");
    }
    return !text->failed;
}

static const struct pl_tree_ops tree = {.account = pl_radicale_account, .finish = finish};

const struct pl_target pl_target_davical = {.name = "davical",
                                            .title = "SQL for DAViCal, and the collections that go with it",
                                            .file = "sharing.sql",
                                            .tree = &tree,
                                            .begin = begin,
                                            .folder = folder};
