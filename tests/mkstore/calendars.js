// Expands the series of a truth file again by ICU's calendars, which share nothing with mkstore:
//   node calendars.js TRUTH   prints `N passed, N failed`.
// Days are counted from 1970-01-01. Series of weeks and days are left to expand.py.
'use strict';
const fs = require('fs');

const ISLAMIC = 'islamic-tbla', DAY = 864e5;
// The names that recipes give to the types, [MS-OXOCAL] 2.2.1.44.1; all others are Gregorian.
const CALENDARS = {
  hijri: ISLAMIC, hebrew: 'hebrew', umalqura: 'islamic-umalqura', saka: 'indian',
  'lunar-chinese': 'chinese', 'lunar-eto-chinese': 'chinese',
  'lunar-japanese': 'dangi', 'lunar-eto-korean': 'dangi', 'lunar-rokuyou': 'dangi', 'lunar-korean': 'dangi',
};
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const GROUPS = {day: WEEKDAYS, weekday: WEEKDAYS.slice(1, 6), weekend: ['sun', 'sat']};
const ORDINALS = ['first', 'second', 'third', 'fourth'];
// New moons a few minutes before midnight, which ICU puts on the next day (2017-02-26 14:58 UTC is 23:58 in Seoul,
// 2027-02-06 15:56 UTC is 23:56 in Peking; the almanacs of both countries have these days).
const CORRECTED = {dangi: ['2017-02-27'], chinese: ['2027-02-07']};

const formats = new Map();
function icuParts(calendar, day) {
  if (!formats.has(calendar)) {
    formats.set(calendar, new Intl.DateTimeFormat(`en-u-ca-${calendar}-nu-latn`,
      {timeZone: 'UTC', year: 'numeric', month: calendar === 'hebrew' ? 'long' : 'numeric', day: 'numeric'}));
  }
  const parts = {};
  for (const part of formats.get(calendar).formatToParts(new Date(day * DAY))) parts[part.type] = part.value;
  return {year: parseInt(parts.relatedYear || parts.year, 10), month: parts.month, day: parseInt(parts.day, 10)};
}

function isCorrected(calendar, day) {
  return (CORRECTED[calendar] || []).includes(new Date(day * DAY).toISOString().slice(0, 10));
}

function partsOf(calendar, day) {
  if (isCorrected(calendar, day + 1)) return icuParts(calendar, day + 1);
  const parts = icuParts(calendar, day);
  if (isCorrected(calendar, day - parts.day + 1)) parts.day++;
  return parts;
}

function monthAt(calendar, day) {
  const here = partsOf(calendar, day), first = day - here.day + 1;
  let next = first + 28;
  while (partsOf(calendar, next).day !== 1) next++;
  return {first, length: next - first, year: here.year, name: here.month};
}

const weekdayOf = (day) => WEEKDAYS[((day + 4) % 7 + 7) % 7];

function pick(month, rule) {
  if (rule.day) return month.first + Math.min(rule.day, month.length) - 1;
  const days = [];
  for (let i = 0; i < month.length; i++) {
    if (rule.days.includes(weekdayOf(month.first + i))) days.push(month.first + i);
  }
  return rule.nth < 0 ? days[days.length - 1] : days[rule.nth];
}

function parse(text) {
  const words = text.split(' ');
  const rule = {yearly: words.shift() === 'yearly', every: 1, calendar: 'gregory'};
  if (words[0] === 'every') [, rule.every] = words.splice(0, 2).map(Number);
  const what = words.shift();
  if (what === 'day') rule.day = Number(words.shift());
  else if (what === 'last-day') rule.day = 99;
  else {
    const which = words.shift();
    rule.days = GROUPS[which] || which.split(',');
    rule.nth = ORDINALS.indexOf(what);
  }
  const end = words.shift();
  if (end === 'until') rule.until = Date.parse(words.shift()) / DAY;
  if (end === 'times') rule.times = Number(words.shift());
  if (words.includes('hj')) rule.calendar = ISLAMIC;
  const named = words[words.indexOf('calendar') + 1];
  if (words.includes('calendar')) rule.calendar = CALENDARS[named] || 'gregory';
  return rule;
}

// A leap month recurs in the month whose name it has; Adar I in Adar where a year has but one.
function isYearly(month, start, rule) {
  if ((month.year - start.year) % rule.every) return false;
  const name = start.name.replace('bis', '');
  if (name === 'Adar I') return month.name === name || month.name === 'Adar';
  return month.name === name || (/^Adar( II)?$/.test(name) && /^Adar( II)?$/.test(month.name));
}

function expand(rule, from, count) {
  const {calendar} = rule, start = monthAt(calendar, from), days = [];
  let month = start;
  for (let n = 0; days.length < count; n++) {
    const counts = n === 0 || (rule.yearly ? isYearly(month, start, rule) : n % rule.every === 0);
    const day = pick(month, rule);
    if (rule.until && day > rule.until) break;
    if (counts && day >= from) days.push(day);
    month = monthAt(calendar, month.first + month.length);
  }
  return days;
}

// The days of a series in its own zone: its instants, moved by the hour of the recipe's clock.
function statedDays(item) {
  return item.occurrences.map((o) => {
    const text = o.original || o.start;
    if (text.length === 10) return Date.parse(text) / DAY;
    const local = new Intl.DateTimeFormat('en-CA', {timeZone: item.zone}).format(new Date(text));
    return Date.parse(local) / DAY;
  });
}

let passed = 0, failed = 0;
for (const path of process.argv.slice(2)) {
  for (const item of JSON.parse(fs.readFileSync(path, 'utf8')).items) {
    if (!item.repeat || !/^(monthly|yearly)/.test(item.repeat) || item.deleted.length) continue;
    const stated = statedDays(item);
    const rule = parse(item.repeat);
    const more = rule.until ? 1 : 0;
    const days = expand(rule, stated[0], stated.length + more);
    if (JSON.stringify(days) === JSON.stringify(stated) && (!rule.times || rule.times === stated.length)) {
      passed++;
      continue;
    }
    failed++;
    const at = days.findIndex((d, i) => d !== stated[i]);
    const show = (d) => (d === undefined ? 'none' : new Date(d * DAY).toISOString().slice(0, 10));
    console.log(`${item.summary}: ${item.repeat}: number ${at + 1}: ICU ${show(days[at])}, truth ${show(stated[at])}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
