/*
 * ese_lv.c - long values in a tree of their own.
 *
 * Key of a value: its id, big-endian; data: u32 references, u32 size. Keys of its chunks: id and
 * offset. Ids have 4 bytes, or 8 with the top bit set. A chunk of a compressed column is stored
 * compressed when that is shorter than the piece of the value that it stands for: nothing else marks it.
 */
#include "ese_int.h"

#include <string.h>

#define SEPARATE_FROM 1024u

size_t ese_lv_id_size(const struct ms_ese_db *db) { return db->opt.lv_id; }

/* Large pages take several chunks. */
static size_t chunk_most(const struct ms_ese_table *t)
{
    unsigned page = t->db->opt.page;
    return t->lv_chunk ? t->lv_chunk : page == 32768 ? 8150 : page == 16384 ? 4050 : page - 82;
}

bool ese_lv_wanted(const struct ms_ese_table *t, const struct ese_column *c, const struct ms_ese_piece *piece)
{
    size_t limit = c->def.separate ? c->def.separate : SEPARATE_FROM;
    if (c->def.type != MS_ESE_LONGBINARY && c->def.type != MS_ESE_LONGTEXT)
        return false;
    return piece->generate || piece->size > limit || piece->size > chunk_most(t);
}

static void lv_begin(struct ms_ese_table *t)
{
    if (t->has_lv)
        return;
    t->has_lv = true;
    t->lv_objid = ++t->db->objid;
    ese_tree_init(&t->lv, t->db, &t->tree.space, t->lv_objid, ESE_LONGVALUE);
}

static int piece_read(const struct ms_ese_piece *piece, uint64_t at, void *buf, size_t size)
{
    if (piece->generate)
        return piece->generate(piece->state, at, buf, size);
    memcpy(buf, (const uint8_t *)piece->data + at, size);
    return 0;
}

uint64_t ese_lv_put(struct ms_ese_table *t, const struct ese_column *c, const struct ms_ese_piece *piece)
{
    struct ms_ese_db *db = t->db;
    size_t id_size = ese_lv_id_size(db), most = chunk_most(t);
    bool squeeze = c->def.flags & MS_ESE_COMPRESSED && db->opt.revision >= 0x10;
    uint8_t key[12], root[8];
    lv_begin(t);
    uint64_t id = ++t->lv_id;
    unsigned flags = db->left == MS_ESE_FLAGGED ? (unsigned)ESE_NODE_DELETED : 0;
    bool lost = db->left == MS_ESE_LOST;
    if (id_size == 8)
        ese_be64(key, id | UINT64_C(1) << 63);
    else
        ese_be32(key, (uint32_t)id);
    if (piece->size > 0x7fffffff || (id_size == 4 && id > 0x7fffffff))
        ese_fail(db, "table %s: a long value above 2 GiB, or too many", t->name);
    ese_le32(root, 1);
    ese_le32(root + 4, (uint32_t)piece->size);
    const struct ese_slice head = {root, 8};
    if (lost)
        ese_tree_lose(ese_table_gone(t, 1), (struct ese_slice){key, id_size}, head);
    else
        ese_tree_put(&t->lv, (struct ese_slice){key, id_size}, head, flags);
    for (uint64_t at = 0; at < piece->size && !db->failed; at += most) {
        size_t size = piece->size - at < most ? (size_t)(piece->size - at) : most, packed = 0;
        if (piece_read(piece, at, db->work, size)) {
            ese_fail(db, "table %s: a value ended early", t->name);
            break;
        }
        uint8_t *other = db->work + db->opt.page;
        if (squeeze)
            packed = ese_squeeze(db->work, size, other);
        ese_be32(key + id_size, (uint32_t)at);
        const struct ese_slice part = {packed ? other : db->work, packed ? packed : size};
        if (lost)
            ese_tree_lose(ese_table_gone(t, 1), (struct ese_slice){key, id_size + 4}, part);
        else
            ese_tree_put(&t->lv, (struct ese_slice){key, id_size + 4}, part, flags);
    }
    return id_size == 8 ? id | UINT64_C(1) << 63 : id;
}
