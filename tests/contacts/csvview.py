"""The row of the CSV view that each contact must have, out of a truth file; read by Python's csv."""
import csv

from cards import full_name

BLOCKS = {"Business": "work", "Home": "home", "Other": "other"}
PLAIN = {
    "Title": "title", "Middle Name": "middle", "First Name": "given", "Suffix": "suffix", "Company": "company",
    "Department": "department", "Job Title": "job", "Assistant's Phone": "phone-assistant",
    "Business Fax": "fax-work", "Business Phone": "phone-work", "Business Phone 2": "phone-work2",
    "Callback": "phone-callback", "Car Phone": "phone-car", "Company Main Phone": "phone-company",
    "Home Fax": "fax-home", "Home Phone": "phone-home", "Home Phone 2": "phone-home2", "ISDN": "phone-isdn",
    "Mobile Phone": "phone-mobile", "Other Fax": "fax-other", "Other Phone": "phone-other", "Pager": "phone-pager",
    "Primary Phone": "phone-primary", "Radio Phone": "phone-radio", "TTY/TDD Phone": "phone-tty",
    "Telex": "phone-telex", "Account": "account", "Anniversary": "anniversary", "Assistant's Name": "assistant",
    "Billing Information": "billing", "Birthday": "birthday", "Government ID Number": "government-id",
    "Hobby": "hobbies", "Initials": "initials", "Internet Free Busy": "freebusy-url", "Keywords": "keyword",
    "Language": "language", "Location": "location", "Manager's Name": "manager", "Mileage": "mileage",
    "Notes": "description", "Office Location": "office", "Organizational ID Number": "organizational-id",
    "Profession": "profession", "Referred By": "referred-by", "Spouse": "spouse", "User 1": "user1",
    "User 2": "user2", "User 3": "user3", "User 4": "user4"}
WORDS = ("surname", "given", "middle", "title", "suffix")


def address(item, row):
    """Three blocks; a street of more than three lines keeps the rest in the third."""
    for column, kind in BLOCKS.items():
        lines = item.get(f"{kind}-street", "").split("\n", 2) + ["", ""]
        row.update({f"{column} Street": lines[0], f"{column} Street 2": lines[1], f"{column} Street 3": lines[2]})
        for name, word in (("City", "city"), ("State", "state"), ("Postal Code", "code"),
                           ("Country/Region", "country")):
            row[f"{column} {name}"] = item.get(f"{kind}-{word}", "")
        row[f"{column} Address PO Box"] = item.get(f"{kind}-pobox", "")


def expected(item):
    """All 92 cells."""
    row = {column: item.get(word, "") for column, word in PLAIN.items()}
    full = full_name(item)
    row["Last Name"] = item.get("surname", "") if any(w in item for w in WORDS) else (
        full if full != item.get("company") else "")
    address(item, row)
    for i, prefix in enumerate(("E-mail", "E-mail 2", "E-mail 3")):
        mail = item["mails"][i] if i < len(item["mails"]) else None
        row[prefix + " Address"] = mail["smtp"] if mail else ""
        row[prefix + " Type"] = "SMTP" if mail else ""
        row[prefix + " Display Name"] = f"{mail['name']} ({mail['smtp']})" if mail else ""
    row["Categories"] = ";".join(item.get("categories", []))
    row["Children"] = ";".join(item.get("children", []))
    row["Directory Server"] = ""
    row["Gender"] = item.get("gender", "").capitalize()
    row["Priority"] = item["importance"].capitalize()
    row["Private"] = "True" if item["sensitivity"] == "private" else "False"
    row["Sensitivity"] = item["sensitivity"].capitalize()
    row["Web Page"] = item.get("web-work") or item.get("web") or item.get("web-home", "")
    return row


def compare(items, path):
    """Yields (where, same, text) for each cell; rows stand in the order of the store."""
    raw = path.read_bytes()
    yield "mark of UTF-8", raw.startswith(b"\xef\xbb\xbf"), ""
    bare = raw.replace(b"\r\n", b"").count(b"\n")
    yield "line ends", bare == 0, f"{bare} without CR"
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, strict=True))
    contacts = [i for i in items if i["kind"] == "contact"]
    yield "rows", len(rows) == len(contacts), f"{len(rows)} for {len(contacts)}"
    for item, row in zip(contacts, rows):
        want = expected(item)
        yield "columns", list(row) and sorted(row) == sorted(want), str(set(row) ^ set(want))
        for column, text in want.items():
            got = (row[column] or "").replace("\r\n", "\n")
            yield f"row {item['summary']!r} {column}", got == text, f"want {text!r} got {got!r}"
