// Occurrences of every series as ical.js reads them, beside the truth: icaljs.cjs MODULES OUT TRUTH.
"use strict";
const fs = require("fs");
const path = require("path");
const [modules, out, truthFile] = process.argv.slice(2);
const ICAL = (m => m.default || m)(require(path.join(modules, "ical.js")));

function files(dir) {
    return fs.readdirSync(dir, { withFileTypes: true }).flatMap(e =>
        e.isDirectory() ? files(path.join(dir, e.name)) : e.name.endsWith(".ics") ? [path.join(dir, e.name)] : []);
}

function moment(time) {
    if (time.isDate)
        return time.toString();
    return new Date(time.toUnixTime() * 1000).toISOString().replace(".000Z", "Z");
}

const found = new Map();
for (const file of files(out)) {
    const calendar = new ICAL.Component(ICAL.parse(fs.readFileSync(file, "utf8")));
    ICAL.TimezoneService.reset();
    for (const zone of calendar.getAllSubcomponents("vtimezone"))
        ICAL.TimezoneService.register(new ICAL.Timezone(zone));
    const parts = calendar.getAllSubcomponents("vevent");
    const masters = parts.filter(c => !c.hasProperty("recurrence-id"));
    const changes = parts.filter(c => c.hasProperty("recurrence-id"));
    const byUid = new Map();
    for (const change of changes) {
        const uid = change.getFirstPropertyValue("uid");
        byUid.set(uid, [...(byUid.get(uid) ?? []), change]);
    }
    for (const master of masters) {
        const uid = master.getFirstPropertyValue("uid");
        const event = new ICAL.Event(master, { strictExceptions: true, exceptions: byUid.get(uid) ?? [] });
        const key = master.getFirstPropertyValue("created");
        found.set(key ? moment(key) : "", event);
    }
}

let passed = 0, failed = 0;
for (const item of JSON.parse(fs.readFileSync(truthFile, "utf8")).items) {
    if (item.kind !== "event" || item.hidden || !item.repeat)
        continue;
    const event = found.get(item.created), got = [];
    const want = item.occurrences.map(o => JSON.stringify([o.start, o.end, o.summary ?? item.summary,
        o.location ?? item.location ?? ""])).sort();
    const limit = item.horizon ? want.length : want.length + 10;
    const steps = event ? event.iterator() : null;
    for (let next; steps && got.length < limit && (next = steps.next());) {
        const one = event.getOccurrenceDetails(next);
        got.push(JSON.stringify([moment(one.startDate), moment(one.endDate), one.item.summary ?? "",
            one.item.location ?? ""]));
    }
    got.sort();
    if (JSON.stringify(got) === JSON.stringify(want)) {
        passed++;
        continue;
    }
    failed++;
    const i = want.findIndex((w, n) => w !== got[n]);
    console.log(`${path.basename(truthFile)}: ${item.summary}: ${got.length} for ${want.length}\n` +
        `    want ${want[i]}\n    got  ${got[i]}`);
}
console.log(`${passed} passed, ${failed} failed`);
