-- The demo: three sources and six continuous queries. `leat demo` runs this
-- file, then loads the data beside it and shows the rows as they arrive.

CREATE STREAM quakes (
    id          TEXT KEY,
    event_time  TIMESTAMP NOT NULL,
    updated_at  TIMESTAMP,
    mag         DOUBLE PRECISION,
    mag_type    TEXT,
    place       TEXT,
    net         TEXT,
    status      TEXT,
    type        TEXT,
    longitude   DOUBLE PRECISION,
    latitude    DOUBLE PRECISION,
    depth_km    DOUBLE PRECISION,
    nst         INT,
    gap         DOUBLE PRECISION,
    rms         DOUBLE PRECISION,
    felt        INT,
    tsunami     INT,
    sig         INT
) WITH (timestamp = 'event_time');

CREATE STREAM flights (
    flight_id   INT KEY,
    event_time  TIMESTAMP NOT NULL,
    reported_at TIMESTAMP,
    origin      TEXT,
    dest        TEXT,
    distance_mi INT,
    delay_min   INT
) WITH (timestamp = 'event_time');

CREATE TABLE airports (
    iata      TEXT PRIMARY KEY,
    name      TEXT,
    city      TEXT,
    state     TEXT,
    country   TEXT,
    latitude  DOUBLE PRECISION,
    longitude DOUBLE PRECISION
);

-- Windowed aggregates. Events arrive up to a week late (quakes) and eleven hours
-- late (flights); the grace period covers them.
CREATE TABLE quakes_by_day AS
    SELECT count(*) AS quakes, max(mag) AS strongest
    FROM quakes WINDOW TUMBLING (SIZE 1 DAY, GRACE PERIOD 8 DAYS);

CREATE TABLE flights_by_hour AS
    SELECT origin, count(*) AS flights
    FROM flights WINDOW TUMBLING (SIZE 1 HOUR, GRACE PERIOD 12 HOURS)
    GROUP BY origin;

-- The same with a grace period that is too short: late rows are counted, see
-- leat.jobs.
CREATE TABLE flights_by_hour_strict AS
    SELECT origin, count(*) AS flights
    FROM flights WINDOW TUMBLING (SIZE 1 HOUR, GRACE PERIOD 3 HOURS)
    GROUP BY origin;

-- A plain aggregate.
CREATE TABLE busiest AS
    SELECT origin, count(*) AS flights, avg(delay_min) AS mean_delay, max(delay_min) AS worst_delay
    FROM flights GROUP BY origin;

-- A stream-table join, then an aggregate.
CREATE TABLE flights_by_state AS
    SELECT a.state, count(*) AS flights
    FROM flights f JOIN airports a ON f.origin = a.iata
    GROUP BY a.state;

-- A session query: swarms are quakes of one network at most 30 minutes apart.
CREATE TABLE swarms AS
    SELECT net, count(*) AS quakes, max(mag) AS strongest
    FROM quakes WINDOW SESSION (30 MINUTES, GRACE PERIOD 8 DAYS)
    GROUP BY net;
