-- +goose Up

-- Key and value facts about the database itself: epoch, purpose.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

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
    longitude          REAL,
    latitude           REAL,
    info_phone         TEXT,
    info_url           TEXT,
    booking_phone      TEXT,
    booking_url        TEXT,
    description        TEXT,
    requires_waitlist  BOOLEAN NOT NULL,
    minimum_age_months INTEGER,
    meta               TEXT,             -- JSON object
    is_public          BOOLEAN NOT NULL,
    internal_notes     TEXT,
    created_at         INTEGER NOT NULL, -- times are milliseconds since 1970, UTC
    updated_at         INTEGER NOT NULL,
    seq                INTEGER NOT NULL  -- the log entry that last touched the row
);

CREATE TABLE external_ids (
    location_id TEXT    NOT NULL REFERENCES locations (id),
    system      TEXT    NOT NULL,
    value       TEXT    NOT NULL,
    position    INTEGER NOT NULL, -- order of first sight
    PRIMARY KEY (location_id, system, value)
) WITHOUT ROWID;

CREATE INDEX external_ids_by_value ON external_ids (system, value);

-- What each source says of each location; when it said so is in checks.
CREATE TABLE availability (
    location_id     TEXT    NOT NULL REFERENCES locations (id),
    source          TEXT    NOT NULL,
    available       TEXT    NOT NULL,
    available_count INTEGER,
    products        TEXT,             -- JSON list
    doses           TEXT,             -- JSON list
    capacity        TEXT,             -- JSON list
    slots           TEXT,             -- JSON list
    meta            TEXT,             -- JSON object
    is_public       BOOLEAN NOT NULL,
    hash            BLOB    NOT NULL, -- of the content above
    changed_at      INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    PRIMARY KEY (location_id, source)
);

-- A re-check touches only this small row.
CREATE TABLE checks (
    location_id TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    valid_at    INTEGER NOT NULL,
    checked_at  INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    PRIMARY KEY (location_id, source)
) WITHOUT ROWID;

-- One row for each committed batch: zstd-compressed NDJSON of its entries.
CREATE TABLE log (
    seq     INTEGER PRIMARY KEY,
    time    INTEGER NOT NULL,
    entries BLOB    NOT NULL
);

-- The greatest seq of the log, kept when its rows go.
CREATE TABLE log_head (
    seq INTEGER NOT NULL
);
INSERT INTO log_head (seq) VALUES (0);

-- +goose Down
DROP TABLE log_head;
DROP TABLE log;
DROP TABLE checks;
DROP TABLE availability;
DROP TABLE external_ids;
DROP TABLE locations;
DROP TABLE meta;
