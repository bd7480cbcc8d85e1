// Cards as ical.js reads them, one JSON object a line: cards.cjs MODULES OUT FILE... writes {"uid", "props"} in the
// normal form of tests/contacts/cards.py. Two things that it leaves are done here: escapes in X- properties, whose
// type it does not know, and the escaped semicolon in texts (RFC 6350 3.4 has it, for any property).
"use strict";
const crypto = require("crypto");
const fs = require("fs");
const path = require("path");
const [modules, out, ...files] = process.argv.slice(2);
const ICAL = (m => m.default || m)(require(path.join(modules, "ical.js")));

const digest = base64 => ({ sha256: crypto.createHash("sha256").update(Buffer.from(base64, "base64")).digest("hex") });
const unescaped = text => text.replace(/\\(.)/gs, (_, c) => (c === "n" || c === "N" ? "\n" : c));
const semicolon = text => String(text).replace(/\\;/g, ";");
const part = value => (Array.isArray(value) ? value.join(",") : value ?? "");

function valueOf(name, type, values) {
    const value = values[0];
    if (name === "PHOTO" || name === "X-PIMLIFT-ATTACH" || name === "KEY")
        return digest(value.slice(value.indexOf(",") + 1));
    if (name === "CATEGORIES")
        return values.map(semicolon);
    if (name === "ORG")
        return [value].flat().map(part);
    if (Array.isArray(value))
        return value.map(part);
    if (name === "NICKNAME")
        return semicolon(values.join(","));
    if (["BDAY", "ANNIVERSARY", "X-MS-ANNIVERSARY", "REV"].includes(name))
        return String(value).replace(/[-:]/g, "");
    return type === "unknown" ? unescaped(String(value)) : type === "text" ? semicolon(value) : String(value);
}

function property([name, params, type, ...values]) {
    const upper = name.toUpperCase();
    const other = Object.entries(params).map(([k, v]) => [k.toUpperCase(), [v].flat().join(",")])
        .filter(([k]) => !["TYPE", "VALUE", "ENCODING"].includes(k));
    const types = upper === "PHOTO" || upper === "KEY" ? [] : [params.type ?? []].flat().map(t => t.toLowerCase());
    return [upper, types.sort(), other, valueOf(upper, type, values)];
}

const lines = [];
for (const file of files) {
    const cards = ICAL.parse(fs.readFileSync(file, "utf8"));
    for (const [, props] of typeof cards[0] === "string" ? [cards] : cards) {
        const uid = props.find(p => p[0] === "uid")[3].replace(/^urn:uuid:/, "");
        const kept = props.filter(p => !["uid", "version", "prodid"].includes(p[0]));
        lines.push(JSON.stringify({ uid, props: kept.map(property) }));
    }
}
fs.writeFileSync(out, lines.join("\n") + "\n");
