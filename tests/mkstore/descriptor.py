#!/usr/bin/python3
"""The security descriptors of folders, read by Samba: descriptor.py STORE TRUTH...

The store must be one without encryption, so that its values lie in it as they are; which bytes are a
descriptor is taken from the truth, what they mean is not. Samba's parser (python3-samba) reads each, and
writes it again byte for byte. Then the entries are walked as [MS-DTYP] 2.5.3.2 walks them, first decision
for each bit, on the folder and on what it holds, and compared with the masks that each MAPI right
stands for (right by right, not by the roles that mkstore has).
Prints `N passed, N failed`; exits 77 where Samba's modules are not installed.
"""
import json
import sys

try:
    from samba.dcerpc import security
    from samba.ndr import ndr_pack, ndr_unpack
except ImportError:
    print("no python3-samba")
    sys.exit(77)

# MAPI right: (bits of the folder, bits of items)
RIGHTS = {0x001: (0, 0x1208A9), 0x002: (0x2, 0), 0x008: (0, 0x200), 0x010: (0, 0x400),
          0x020: (0, 0x0C0116), 0x040: (0, 0x010000), 0x080: (0x4, 0), 0x100: (0x0D4110, 0),
          0x200: (0x8000, 0), 0x400: (0x1208A9, 0)}
ROLES = {"owner": 0x7FB, "publishing-editor": 0x4FB, "editor": 0x47B, "publishing-author": 0x49B,
         "author": 0x41B, "non-editing-author": 0x413, "reviewer": 0x401, "contributor": 0x402, "none": 0x400}
EVERYBODY, ANONYMOUS = "S-1-1-0", "S-1-5-7"


def allowed(entries, sid, on_items):
    """What the list gives to one trustee who is in no group."""
    given = refused = 0
    for ace in entries:
        only_items = bool(ace.flags & security.SEC_ACE_FLAG_INHERIT_ONLY)
        if str(ace.trustee) != sid or only_items != on_items:
            continue
        if ace.type == security.SEC_ACE_TYPE_ACCESS_ALLOWED:
            given |= ace.access_mask & ~refused
        elif ace.type == security.SEC_ACE_TYPE_ACCESS_DENIED:
            refused |= ace.access_mask & ~given
        else:
            raise ValueError(f"an entry of type {ace.type}")
    return given, refused


def faults_of(folder, store):
    """Everything that is wrong with one descriptor."""
    whole = bytes.fromhex(folder["securityDescriptor"])
    if whole not in store:
        yield "is not in the store"
    size, version, info = whole[0] | whole[1] << 8, whole[2] | whole[3] << 8, int.from_bytes(whole[4:8], "little")
    if (size, version, info) != (8, 3, 4):
        yield f"begins with {size}, {version}, {info}"
    sd = ndr_unpack(security.descriptor, whole[8:])
    if ndr_pack(sd) != whole[8:]:
        yield "is not what Samba writes"
    entries = sd.dacl.aces
    if sd.dacl.num_aces != len(entries) or str(sd.owner_sid) != security.SID_BUILTIN_ADMINISTRATORS:
        yield "has another owner, or entries without count"
    ranks = [{EVERYBODY: 2, ANONYMOUS: 1}.get(str(ace.trustee), 0) for ace in entries]
    if ranks != sorted(ranks):
        yield "has users behind Anonymous or everybody"
    for ace in entries:
        items = ace.flags == security.SEC_ACE_FLAG_OBJECT_INHERIT | security.SEC_ACE_FLAG_INHERIT_ONLY
        if not items and ace.flags != security.SEC_ACE_FLAG_CONTAINER_INHERIT:
            yield f"has flags {ace.flags:#x}"
    if {str(ace.trustee) for ace in entries} != {row["sid"] for row in folder["acl"]}:
        yield "names other people"
    for row in folder["acl"]:
        rights = ROLES[row["role"]]
        if rights != row["rights"]:
            yield f"{row['role']} is {row['rights']:#x}"
        for on_items in (False, True):
            want = 0
            for right, masks in RIGHTS.items():
                want |= masks[on_items] if rights & right else 0
            given, refused = allowed(entries, row["sid"], on_items)
            # standard rights come with others; they are no question of MAPI's rights
            ignored = 0 if not on_items else 0x1208A9 if want else 0
            if (given ^ want) & ~ignored:
                yield f"gives {row['who']} {given:#x}, not {want:#x}{' on items' if on_items else ''}"
            if row["sid"] == EVERYBODY and refused:
                yield "denies everybody something"
            if row["sid"] != EVERYBODY and not on_items and not refused & 0x4000 and not rights & 0x100:
                yield f"leaves {row['who']} to what groups may"


passed = failed = 0
for store_path, truth_path in zip(sys.argv[1::2], sys.argv[2::2]):
    with open(truth_path, encoding="utf-8") as f:
        folders = [g for g in json.load(f)["folders"] if "securityDescriptor" in g]
    with open(store_path, "rb") as f:
        store = f.read()
    for folder in folders:
        faults = list(faults_of(folder, store))
        for fault in faults:
            print(f"{store_path}: {folder['folder']}: {fault}")
        passed += not faults
        failed += bool(faults)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
