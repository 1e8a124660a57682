-- Raw flights of one day -> curated flights: UTC times, the airline's name, the plane.
-- Reads raw_flights, airlines, airports and planes; makes the table curated_flights.

-- Local clock time to UTC. `tz` is the zone's hours from UTC in winter. `summer` says whether the place
-- keeps US summer time: from the second Sunday of March, 02:00, to the first Sunday of November, 02:00.
CREATE OR REPLACE TEMP MACRO first_sunday_from(day) AS
    day + to_days(CAST((7 - dayofweek(day)) % 7 AS INTEGER));
CREATE OR REPLACE TEMP MACRO utc(moment, tz, summer) AS
    moment - to_hours(
        tz + CASE
            WHEN summer
             AND moment >= first_sunday_from(make_date(year(moment), 3, 8)) + INTERVAL 2 HOUR
             AND moment < first_sunday_from(make_date(year(moment), 11, 1)) + INTERVAL 2 HOUR
            THEN 1 ELSE 0 END
    );

-- Clock times come as whole numbers: 1735 is 17:35.
CREATE OR REPLACE TEMP MACRO clock(hhmm) AS to_minutes(hhmm // 100 * 60 + hhmm % 100);

CREATE OR REPLACE TEMP TABLE curated_flights AS
WITH zones AS (
    SELECT faa, tz, dst = 'A' AS summer FROM airports
    UNION ALL
    -- The airports file ends at the mainland's shore. These four keep Atlantic time all year.
    SELECT * FROM (VALUES ('BQN', -4, false), ('PSE', -4, false), ('SJU', -4, false), ('STT', -4, false))
),
scheduled AS (
    SELECT
        f.*,
        make_date(f.year, f.month, f.day) + clock(f.sched_dep_time) AS sched_dep_local,
        make_date(f.year, f.month, f.day) + clock(f.sched_arr_time) AS same_day_arr_local,
        z.tz AS dest_tz,
        z.summer AS dest_summer
    FROM raw_flights AS f
    LEFT JOIN zones AS z ON z.faa = f.dest
),
departing AS (
    SELECT *, utc(sched_dep_local, -5, true) AS sched_dep_utc FROM scheduled  -- all three origins: New York
),
landing AS (
    SELECT
        *,
        -- The timetable gives no arrival date. A flight that would land before it left lands the next day.
        utc(
            same_day_arr_local
                + CASE WHEN utc(same_day_arr_local, dest_tz, dest_summer) <= sched_dep_utc
                       THEN INTERVAL 1 DAY ELSE INTERVAL 0 DAY END,
            dest_tz,
            dest_summer
        ) AS sched_arr_utc
    FROM departing
)
SELECT
    l.carrier,
    a.name AS carrier_name,
    l.flight,
    l.tailnum,
    l.origin,
    l.dest,
    l.sched_dep_local,
    l.sched_dep_utc,
    l.sched_dep_utc + to_minutes(l.dep_delay) AS dep_utc,
    l.sched_arr_utc,
    l.sched_arr_utc + to_minutes(l.arr_delay) AS arr_utc,
    l.dep_delay,
    l.arr_delay,
    l.air_time,
    l.distance,
    l.dep_time IS NULL AS cancelled,
    p.manufacturer,
    p.model,
    p.seats,
    p.year AS year_built
FROM landing AS l
LEFT JOIN airlines AS a ON a.carrier = l.carrier
LEFT JOIN planes AS p ON p.tailnum = l.tailnum
ORDER BY l.sched_dep_utc, l.carrier, l.flight, l.origin;
