-- +goose Up

-- Key and value facts about the database itself: epoch, purpose.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE locations (
    id                 TEXT    PRIMARY KEY,
    provider           TEXT    NOT NULL,
    location_type      TEXT,
    name               TEXT    NOT NULL,
    address_lines      TEXT    NOT NULL, -- JSON list
    city               TEXT,
    state              TEXT    NOT NULL,
    postal_code        TEXT,
    county             TEXT,
    longitude          DOUBLE PRECISION,
    latitude           DOUBLE PRECISION,
    info_phone         TEXT,
    info_url           TEXT,
    booking_phone      TEXT,
    booking_url        TEXT,
    description        TEXT,
    requires_waitlist  BOOLEAN NOT NULL,
    minimum_age_months BIGINT,
    meta               TEXT,             -- JSON object
    is_public          BOOLEAN NOT NULL,
    internal_notes     TEXT,
    created_at         BIGINT NOT NULL, -- times are milliseconds since 1970, UTC
    updated_at         BIGINT NOT NULL,
    seq                BIGINT NOT NULL  -- the log entry that last touched the row
);

CREATE TABLE external_ids (
    location_id TEXT    NOT NULL REFERENCES locations (id),
    system      TEXT    NOT NULL,
    value       TEXT    NOT NULL,
    position    BIGINT NOT NULL, -- order of first sight
    PRIMARY KEY (location_id, system, value)
);

CREATE INDEX external_ids_by_value ON external_ids (system, value);

-- What each source says of each location; when it said so is in checks.
CREATE TABLE availability (
    location_id     TEXT    NOT NULL REFERENCES locations (id),
    source          TEXT    NOT NULL,
    available       TEXT    NOT NULL,
    available_count BIGINT,
    products        TEXT,             -- JSON list
    doses           TEXT,             -- JSON list
    capacity        TEXT,             -- JSON list
    slots           TEXT,             -- JSON list
    meta            TEXT,             -- JSON object
    is_public       BOOLEAN NOT NULL,
    hash            BYTEA   NOT NULL, -- of the content above
    changed_at      BIGINT NOT NULL,
    seq             BIGINT NOT NULL,
    PRIMARY KEY (location_id, source)
);

-- A re-check touches only this small row.
CREATE TABLE checks (
    location_id TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    valid_at    BIGINT NOT NULL,
    checked_at  BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    PRIMARY KEY (location_id, source)
);

-- One row for each committed batch: zstd-compressed NDJSON of its entries.
CREATE TABLE log (
    seq     BIGINT PRIMARY KEY,
    time    BIGINT NOT NULL,
    entries BYTEA   NOT NULL
);

-- The greatest seq of the log, kept when its rows go.
CREATE TABLE log_head (
    seq BIGINT NOT NULL
);
INSERT INTO log_head (seq) VALUES (0);

-- For people with psql: JSON as jsonb, times as timestamptz.
CREATE VIEW readable_locations AS
SELECT l.id, l.provider, l.location_type, l.name, l.address_lines::jsonb AS address_lines, l.city, l.state,
       l.postal_code, l.county, l.longitude, l.latitude, l.info_phone, l.info_url, l.booking_phone, l.booking_url,
       l.description, l.requires_waitlist, l.minimum_age_months, l.meta::jsonb AS meta, l.is_public, l.internal_notes,
       (SELECT jsonb_agg(jsonb_build_array(e.system, e.value) ORDER BY e.position)
          FROM external_ids e WHERE e.location_id = l.id) AS external_ids,
       to_timestamp(l.created_at / 1000.0) AS created_at, to_timestamp(l.updated_at / 1000.0) AS updated_at
  FROM locations l;

CREATE VIEW readable_availability AS
SELECT a.location_id, a.source, a.available, a.available_count, a.products::jsonb AS products, a.doses::jsonb AS doses,
       a.capacity::jsonb AS capacity, a.slots::jsonb AS slots, a.meta::jsonb AS meta, a.is_public,
       to_timestamp(c.valid_at / 1000.0) AS valid_at, to_timestamp(c.checked_at / 1000.0) AS checked_at,
       to_timestamp(a.changed_at / 1000.0) AS changed_at
  FROM availability a
  JOIN checks c ON c.location_id = a.location_id AND c.source = a.source;

-- +goose Down
DROP VIEW readable_availability;
DROP VIEW readable_locations;
DROP TABLE log_head;
DROP TABLE log;
DROP TABLE checks;
DROP TABLE availability;
DROP TABLE external_ids;
DROP TABLE locations;
DROP TABLE meta;
