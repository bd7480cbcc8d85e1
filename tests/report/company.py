#!/usr/bin/python3
"""A recipe for mkstore: a company of many mailboxes. company.py [MAILBOXES]; always the same. All names are invented."""
import random
import sys

GIVEN = "Anna Bruno Clara David Emma Felix Greta Hugo Ida Jonas Klara Leo Mia Noah Olga Paul Rosa Sven Tina Uwe".split()
FAMILY = "Berg Nowak García Öztürk Lindqvist Ivanova Sato Dubois Rossi Kowalski Meyer Jensen Novák Popescu".split()
TITLES = ("Team meeting;Review of the drawings;Call with the customer;Site visit;Budget;Interview;Planning;Training;"
          "Lunch with the supplier;Board;Release;Handover").split(";")
ROLES = ["reviewer", "author", "editor", "none", "owner"]

count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
dice = random.Random(1998)
people = []
for i in range(count):
    given, family = GIVEN[i % len(GIVEN)], FAMILY[i // len(GIVEN) % len(FAMILY)]
    people.append(f"p{i}")
    print(f"person p{i}\n  name {given} {family}\n  mail p{i}@example.org")
    print(f"  dn /o=Example/ou=Berlin/cn=Recipients/cn=p{i}\n  sid S-1-5-21-1111-2222-3333-{2000 + i}")


def event():
    day, month, year = dice.randint(1, 28), dice.randint(1, 12), dice.randint(1998, 2004)
    hour, minutes = dice.choice([8, 9, 9, 10, 10, 11, 13, 14, 14, 15, 16, 17]), dice.choice([30, 60, 60, 90])
    print(f"appointment {dice.choice(TITLES)}\n  at {year}-{month:02}-{day:02} {hour:02}:00 for {minutes}m")
    print(f"  location Room {dice.randint(1, 9)}")


def series(weekday, day):
    print(f"appointment {dice.choice(TITLES)}\n  at 2003-09-{day:02} {dice.randint(8, 16):02}:00 for 1h")
    print(f"  repeat weekly {weekday} until 2004-12-17")


def mailbox(i):
    print("folder Calendar\n  holds calendar\n  acl default " + dice.choice(["reviewer", "none", "none"]))
    team = [p for p in people[i // 8 * 8:i // 8 * 8 + 8] if p != people[i]]
    for other in dice.sample(team, min(4, len(team))):
        print(f"  acl @{other} {dice.choice(ROLES)}")
    series("mon", 1 if dice.random() < .5 else 8)
    series("tue", 2)
    series("thu", 4)
    for _ in range(dice.randint(10, 60)):
        event()
    print(f"appointment Holidays\n  on 2004-0{dice.randint(6, 8)}-02 to 2004-0{dice.randint(8, 9)}-13\n  busy away")
    print("folder Contacts\n  holds contacts\n  acl default none")
    for k in range(dice.randint(2, 6)):
        print(f"contact Customer {k}\n  given Customer\n  surname {k}\n  mail c{k}@example.net")
    print("folder Inbox\nmail Hello\n  from @p0")


print("store Company\n  owner @p0\n  zone Europe/Berlin\n  seed 1998\n  created 2004-03-05 09:00\n")
mailbox(0)
for n in range(1, count):
    print(f"mailbox @p{n}")
    mailbox(n)
