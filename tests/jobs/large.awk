# A store with folders that workers read in parts: awk -v items=N -v uids=1 -f large.awk. Zones come first in different parts, two
# of one name with other rules among them, unless they come with clash=0; with `uids` items of one part and of several have one UID, there are
# more names of properties than are told apart, and items that no table lists; items that nobody wants stand between the others, and there are hidden ones.
# A zone of the name "Plant" with one rule: hours west of UTC.
function plant(hours) {
    return "0201100002000500" "50006c0061006e007400" "0100" "02013e000200d007" "0000000000000000000000000000" \
        sprintf("%02x%02x0000", hours * 60 % 256, int(hours * 60 / 256)) "00000000" "00000000" \
        "00000000000000000000000000000000" "00000000000000000000000000000000"
}
function appointment(i, zone, hours) {
    printf "appointment Event %d\n  at 2021-%02d-%02d %02d:15 for 1h\n  zone %s\n", i, i % 12 + 1, i % 28 + 1, 8 + i % 9, zone
    if (hours) printf "  property PSETID_Appointment 0x825e binary %s\n  property PSETID_Appointment 0x825f binary %s\n", plant(hours), plant(hours)
    if (i % 7 == 0) printf "  repeat weekly mon times %d\n", 3 + i % 5
    if (i % 90 == 1) printf "  attach Plan %d.txt\n    text Nothing of note\n", i % 180
    if (uids && (i % 400 == 9 || i % 800 == 30)) print "  uid " (i == 1630 ? "same-9@example.org-3" : "same-" i % 400 "@example.org")
    if (uids && i % 211 == 3) printf "  deleted unlisted\n"
    if (i % 50 == 0 || (uids && i % 3 == 0)) printf "  property PS_PUBLIC_STRINGS name:Rare%d string x\n", uids ? i : i % 150
}
BEGIN {
    clash = clash == "" ? 1 : clash
    split("Europe/Berlin America/New_York Asia/Tokyo Australia/Sydney Europe/London", zones, " ")
    print "store Large\n  owner anna\nperson anna\n  name Anna\n  mail anna@example.org\nfolder Calendar\n  holds calendar"
    for (i = 0; i < items; i++) {
        zone = zones[int(i * 5 / items) + 1]
        if (i % 37 == 5) printf "mail Letter %d\n", i
        else if (i % 41 == 6) printf "task Task %d\n  property PSETID_Common 0x8534 string 12 km\n", i
        else if (i % 43 == 7) printf "note Note %d\n", i
        else if (i % 97 == 8) printf "appointment Hidden %d\n  on 2021-03-04\n  hidden\n", i
        else appointment(i, zone, i % 100 == 11 ? (i < items / 2 ? 5 : 5 + clash) : 0)
    }
    print "folder Contacts\n  holds contacts"
    for (i = 0; i < items; i++) {
        if (i % 500 == 20) printf "group Group %d\n  member one-off anna\n", i
        else printf "contact\n  name Person %d\n  given Number\n  surname Person %d\n", i, i
    }
    print "folder Few\n  holds calendar"
    for (i = 0; i < 30; i++) appointment(i, zones[1], 0)
}
