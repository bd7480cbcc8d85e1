"""What each card must hold, out of a truth file: every property, nothing else.

A property is (name, types, other parameters, value): types a sorted tuple in lower case, parameters a
sorted tuple of pairs, the value a text, a tuple of components, or ("sha256", digest). The tables are
written from the mapping that docs/contacts.md describes, for vCard 3.0 and 4.0.
"""
import collections
import hashlib

# word of the recipe: (name in 3.0, types in 3.0, name in 4.0, types in 4.0)
TELS = {
    "phone-work": ("TEL", "work voice", "TEL", "work voice"),
    "phone-work2": ("TEL", "work voice", "TEL", "work voice"),
    "phone-home": ("TEL", "home voice", "TEL", "home voice"),
    "phone-home2": ("TEL", "home voice", "TEL", "home voice"),
    "phone-mobile": ("TEL", "cell voice", "TEL", "cell voice"),
    "phone-other": ("TEL", "voice", "TEL", "voice"),
    "phone-primary": ("TEL", "voice pref", "TEL", "voice"),
    "phone-car": ("TEL", "car voice", "TEL", "voice x-car"),
    "phone-pager": ("TEL", "pager", "TEL", "pager"),
    "phone-radio": ("X-MS-TEL", "radio", "X-MS-TEL", "radio"),
    "phone-isdn": ("TEL", "isdn", "TEL", "x-isdn"),
    "phone-callback": ("X-MS-TEL", "callback", "X-MS-TEL", "callback"),
    "phone-company": ("X-MS-TEL", "company", "X-MS-TEL", "company"),
    "phone-assistant": ("X-MS-TEL", "assistant", "X-MS-TEL", "assistant"),
    "phone-tty": ("X-MS-TEL", "ttytdd", "TEL", "textphone"),
    "phone-telex": ("X-MS-TEL", "telex", "X-MS-TEL", "telex"),
    "fax-work": ("TEL", "work fax", "TEL", "work fax"),
    "fax-home": ("TEL", "home fax", "TEL", "home fax"),
    "fax-other": ("TEL", "fax", "TEL", "fax")}
# word: (name in 3.0, name in 4.0)
TEXTS = {
    "nickname": ("NICKNAME",) * 2, "job": ("TITLE",) * 2, "profession": ("ROLE",) * 2,
    "yomi-given": ("X-PHONETIC-FIRST-NAME",) * 2, "yomi-surname": ("X-PHONETIC-LAST-NAME",) * 2,
    "yomi-company": ("X-PHONETIC-ORG",) * 2, "manager": ("X-MS-MANAGER",) * 2,
    "hobbies": ("X-MS-INTERESTS", "HOBBY"), "im": ("X-MS-IMADDRESS",) * 2, "ftp": ("X-PIMLIFT-FTP",) * 2,
    "freebusy-url": ("FBURL",) * 2, "description": ("NOTE",) * 2,
    "government-id": ("X-PIMLIFT-GOVERNMENT-ID",) * 2, "customer-id": ("X-PIMLIFT-CUSTOMER-ID",) * 2,
    "account": ("X-PIMLIFT-ACCOUNT",) * 2, "billing": ("X-PIMLIFT-BILLING",) * 2,
    "computer": ("X-PIMLIFT-COMPUTER",) * 2, "language": ("X-PIMLIFT-LANGUAGE",) * 2,
    "referred-by": ("X-PIMLIFT-REFERRED-BY",) * 2, "initials": ("X-PIMLIFT-INITIALS",) * 2,
    "location": ("X-PIMLIFT-LOCATION",) * 2, "mileage": ("X-PIMLIFT-MILEAGE",) * 2,
    "keyword": ("X-PIMLIFT-KEYWORD",) * 2, "organizational-id": ("X-PIMLIFT-ORGANIZATIONAL-ID",) * 2}
RELATED = {"spouse": "X-MS-SPOUSE", "assistant": "X-MS-ASSISTANT"}
RELATIONS = {"spouse": "spouse", "assistant": "agent"}
PARTS = ("pobox", None, "street", "city", "state", "code", "country")
CLASSES = {"personal": "PRIVATE", "private": "PRIVATE", "confidential": "CONFIDENTIAL"}
NOT_FIELDS = {"folder", "kind", "class", "created", "searchKey", "importance", "id", "reminder", "goid"}


def prop(name, value, types="", **params):
    """One property in its normal form; parameters that are None are not there."""
    other = tuple(sorted((k.replace("_", "-"), v) for k, v in params.items() if v is not None))
    return (name, tuple(sorted(types.split())), other, value)


def full_name(item):
    """FN of a contact."""
    mails = item.get("mails") or [{}]
    return (item.get("name") or item["summary"] or item.get("file-as") or item.get("company")
            or mails[0].get("name") or mails[0].get("smtp"))


def emails(item, v4):
    """The slots of a contact, the first of them preferred."""
    for i, mail in enumerate(item.get("mails", [])):
        label = f"{mail['name']} ({mail['smtp']})"
        if label.startswith(full_name(item) + " ("):
            label = None
        yield prop("EMAIL", mail["smtp"], "" if v4 else "internet pref" if not i else "internet",
                   PREF=str(i + 1) if v4 else None, X_PIMLIFT_EX=mail.get("dn"), X_PIMLIFT_LABEL=label)


def addresses(item, v4):
    """Three blocks, and their whole as one text."""
    for kind in ("work", "home", "other"):
        value = tuple(item.get(f"{kind}-{p}", "") if p else "" for p in PARTS)
        label, types = item.get(f"{kind}-address"), "" if kind == "other" else kind
        if not any(value) and not label:
            continue
        if not any(value):
            value = ("", "", label, "", "", "", "")
        mailing = item.get("mailing") == kind
        types += " postal pref" if mailing and not v4 else ""
        yield prop("ADR", value, types, PREF="1" if v4 and mailing else None, LABEL=label if v4 else None)
        if label and not v4:
            yield prop("LABEL", label, types)


def pages(item):
    """Web pages; the one that Outlook shows stands in for that of the business."""
    work, shown = item.get("web-work"), item.get("web")
    if "web-home" in item:
        yield prop("URL", item["web-home"], "home")
    if work or shown:
        yield prop("URL", work or shown, "work")
    if work and shown and work != shown:
        yield prop("X-PIMLIFT-URL", shown)
    if ":" in item.get("im", "").split(" ")[0]:
        yield prop("IMPP", item["im"])


def person(item, v4):
    """Dates, relations and what else tells of a person."""
    for key, name3, name4 in (("birthday", "BDAY", "BDAY"), ("anniversary", "X-MS-ANNIVERSARY", "ANNIVERSARY")):
        if key in item:
            yield prop(name4 if v4 else name3, item[key].replace("-", ""))
    relations = [(RELATED[k], RELATIONS[k], item[k]) for k in RELATED if k in item]
    relations += [("X-MS-CHILD", "child", child) for child in item.get("children", [])]
    for name, types, text in relations:
        yield prop("RELATED", text, types) if v4 else prop(name, text)
    if "gender" in item:
        yield prop("GENDER" if v4 else "X-GENDER", item["gender"][0].upper())
    last = max([i for i in range(1, 5) if f"user{i}" in item], default=0)
    for i in range(1, last + 1):
        yield prop("X-MS-TEXT", item.get(f"user{i}", ""))


def attachments(item, v4):
    """The photo; other attachments under an X- name; certificates."""
    for one in item.get("attachments", []):
        if one.get("photo"):
            yield prop("PHOTO", ("sha256", one["sha256"]))
        else:
            yield prop("X-PIMLIFT-ATTACH", ("sha256", one["sha256"]), X_FILENAME=one["name"],
                       X_MEDIATYPE=None if v4 else one.get("type") or "application/octet-stream")
    for one in item.get("certificates", []):
        yield prop("KEY", ("sha256", hashlib.sha256(bytes.fromhex(one)).hexdigest()))


def common(item, v4):
    """What contacts and groups share."""
    if "modified" in item:
        yield prop("REV", item["modified"].replace("-", "").replace(":", ""))
    if item.get("categories"):
        yield prop("CATEGORIES", tuple(item["categories"]))
    if item["sensitivity"] in CLASSES:
        yield prop("X-CLASS" if v4 else "CLASS", CLASSES[item["sensitivity"]])


def contact(item, v4):
    """All properties of a contact."""
    filed = item.get("file-as") or item["summary"] or None
    names = tuple(item.get(k, "") for k in ("surname", "given", "middle", "title", "suffix"))
    if not any(names) and full_name(item) != item.get("company"):
        names = (full_name(item), "", "", "", "")
    yield prop("FN", full_name(item))
    yield prop("N", names, SORT_AS=filed if v4 else None)
    if filed:
        yield prop("X-MS-FILE-AS", filed)
        if not v4:
            yield prop("SORT-STRING", filed)
    shown = (full_name(item), filed, item.get("company"),
             " ".join(item[k] for k in ("title", "given", "middle", "surname", "suffix") if k in item))
    if item["summary"] and item["summary"] not in shown:
        yield prop("X-PIMLIFT-SUBJECT", item["summary"])
    org = [item.get(k, "") for k in ("company", "department", "office")]
    while org and not org[-1]:
        org.pop()
    if org:
        yield prop("ORG", tuple(org))
    for key, names in TEXTS.items():
        if key in item:
            yield prop(names[v4], item[key])
    for key, (name3, types3, name4, types4) in TELS.items():
        if key in item:
            pref = "1" if v4 and key == "phone-primary" else None
            yield prop(name4 if v4 else name3, item[key], types4 if v4 else types3, PREF=pref)
    yield from emails(item, v4)
    yield from addresses(item, v4)
    yield from pages(item)
    yield from person(item, v4)
    yield from attachments(item, v4)
    yield from common(item, v4)


def member(want, uids):
    """Where a member of a group leads to: a card of the run, an address, or a directory name."""
    uid = uids.get(want.get("ref"))
    if uid:
        mail = want.get("mail")
        return prop("MEMBER", "urn:uuid:" + uid, X_CN=want["shown"], X_EMAIL=mail and mail.get("smtp"),
                    X_PIMLIFT_EX=mail and mail.get("dn"))
    dn = want.get("dn")
    known = want.get("smtp") and not dn
    return prop("MEMBER", "mailto:" + want["smtp"] if known else "invalid:nomail", X_CN=want["name"], X_PIMLIFT_EX=dn)


def group(item, v4, uids):
    """All properties of a group."""
    yield prop("FN", item["summary"])
    yield prop("N", (item["summary"], "", "", "", ""))
    yield prop("KIND" if v4 else "X-ADDRESSBOOKSERVER-KIND", "group")
    if "description" in item:
        yield prop("NOTE", item["description"])
    for want in item["members"]:
        name, types, params, value = member(want, uids)
        yield (name if v4 else "X-ADDRESSBOOKSERVER-" + name, types, params, value)
    yield from common(item, v4)


def link(items):
    """Tells each member that is a contact what its card is called, and which address is meant."""
    known = {i["id"]: i for i in items if "id" in i}
    for item in items:
        for want in item.get("members", []):
            to = known.get(want.get("ref"))
            if not to:
                continue
            want["shown"] = full_name(to) if to["kind"] == "contact" else to["summary"]
            mails = to.get("mails", [])
            slot = want.get("slot", 1) - 1
            want["mail"] = mails[slot] if slot < len(mails) else None


def unknown_words(items):
    """Words of the truth that no table above reads."""
    known = NOT_FIELDS | set(TELS) | set(TEXTS) | set(RELATED) | {
        "summary", "name", "surname", "given", "middle", "title", "suffix", "file-as", "company", "department",
        "office", "web", "web-home", "web-work", "birthday", "anniversary", "children", "gender", "user1", "user2",
        "user3", "user4", "attachments", "modified", "categories", "sensitivity", "mails", "mailing", "members",
        "certificates"}
    known |= {f"{k}-{p}" for k in ("work", "home", "other") for p in PARTS + ("address",)}
    return sorted({k for i in items for k in i} - known)


def compare(items, cards, v4, skip=()):
    """Yields (where, same, text): each property of each card that is there, missing, or too much.
    What stands in skip the parser can't read."""
    link(items)
    found = collections.defaultdict(list)
    for card in cards:
        found[next((p[3] for p in card["props"] if p[0] == "REV"), "")].append(card)
    pairs, uids = [], {}
    for item in items:
        rows = found[item["modified"].replace("-", "").replace(":", "")]
        where = f"{item['kind']} {item['summary']!r}"
        yield where, bool(rows), "no card"
        if rows:
            pairs.append((where, item, rows.pop(0)))
            uids[item.get("id")] = pairs[-1][2]["uid"]
    uids.pop(None, None)
    yield "cards nobody expects", not sum(map(len, found.values())), ""
    yield "UIDs differ", len({p[2]["uid"] for p in pairs}) == len(pairs), ""
    yield "words unknown", not unknown_words(items), str(unknown_words(items))
    for where, item, card in pairs:
        want = collections.Counter(group(item, v4, uids) if item["kind"] == "group" else contact(item, v4))
        want = collections.Counter({p: n for p, n in want.items() if p[0] not in skip})
        got = collections.Counter(p for p in card["props"] if p[0] not in skip)
        for one in (want & got).elements():
            yield where, True, ""
        for one in (want - got).elements():
            yield where, False, f"missing {one!r:.300}"
        for one in (got - want).elements():
            yield where, False, f"too much {one!r:.300}"
