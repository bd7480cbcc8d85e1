"""Occurrences of every series as evolution-data-server generates them: eds.py OUT TRUTH.

Each zone is the one of the file, never one of the machine.
"""
import datetime as dt
import sys

import gi
import truth

gi.require_version("ECal", "2.0")
gi.require_version("ICalGLib", "3.0")
from gi.repository import ECal, ICalGLib  # noqa: E402  pylint: disable=wrong-import-position

UTC = ICalGLib.Timezone.get_utc_timezone()
LAST = 2580  # libical knows no year after 2582


def moment(time, zone):
    """A date, or an instant in UTC."""
    if time.is_date():
        return f"{time.get_year():04d}-{time.get_month():02d}-{time.get_day():02d}"
    seconds = time.as_timet_with_zone(time.get_timezone() or zone)
    return (dt.datetime(1970, 1, 1) + dt.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def zone_of(text):
    """(TZID, zone) of a VTIMEZONE."""
    zone = ICalGLib.Timezone.new()
    zone.set_component(ICalGLib.Component.new_from_string(text))
    return zone.get_tzid(), zone


def shown(component):
    """Summary and location."""
    return component.get_summary() or "", component.get_location() or ""


def occurrences(zones, parts, year):
    """All rows of a series until a year."""
    def zone_by_name(tzid, *_):
        return zones.get(tzid, UTC)

    def start_of(component, kind):
        prop = component.get_first_property(kind)
        par = prop.get_first_parameter(ICalGLib.ParameterKind.TZID_PARAMETER)
        time = ICalGLib.Value.get_datetime(prop.get_value())
        return moment(time, zones[par.get_tzid()] if par else UTC)

    master, *changes = (ICalGLib.Component.new_from_string(p) for p in parts)
    changed, rows = {}, []
    for change in changes:
        changed[start_of(change, ICalGLib.PropertyKind.RECURRENCEID_PROPERTY)] = change

    def found(_, start, end, *__):
        begin = moment(start, UTC)
        change = changed.get(begin)
        if change:
            row = [start_of(change, kind) for kind in (ICalGLib.PropertyKind.DTSTART_PROPERTY,
                                                       ICalGLib.PropertyKind.DTEND_PROPERTY)]
            rows.append((*row, *shown(change)))
        else:
            rows.append((begin, moment(end, UTC), *shown(master)))
        return True

    first = ICalGLib.Time.new_from_string("19000101T000000Z")
    last = ICalGLib.Time.new_from_string(f"{min(year, LAST):04d}0101T000000Z")
    ECal.recur_generate_instances_sync(master, first, last, found, None, zone_by_name, None, UTC, None)
    return rows


def main():
    """Reads all calendars of a folder."""
    read, years = {}, truth.years(sys.argv[2])
    for zone_texts, events in truth.calendars(sys.argv[1]):
        zones = dict(zone_of(text) for text in zone_texts)
        for parts in events.values():
            if truth.value(parts[0], "RRULE") or truth.value(parts[0], "RDATE"):
                created = truth.created(parts[0])
                read[created] = occurrences(zones, parts, years.get(created, 0))
    truth.compare(sys.argv[2], read, f"{LAST}-01-01")


if __name__ == "__main__":
    main()
