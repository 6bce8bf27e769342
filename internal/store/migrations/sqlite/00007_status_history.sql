-- +goose Up

-- One row when a place's status for a disease turns, as everybody sees it.
CREATE TABLE status_history (
    location_id     TEXT    NOT NULL,
    seq             INTEGER NOT NULL, -- the log entry that turned it
    disease         TEXT    NOT NULL,
    at              INTEGER NOT NULL, -- times are milliseconds since 1970, UTC
    from_status     TEXT,             -- NULL where nobody had spoken of the place before
    to_status       TEXT    NOT NULL,
    available_count INTEGER,
    source          TEXT    NOT NULL, -- whose word the new status is
    PRIMARY KEY (location_id, seq, disease)
);

CREATE INDEX status_history_by_time ON status_history (at);

-- How many places of a state and a provider came to have something to be had, by the hour.
CREATE TABLE openings (
    hour     INTEGER NOT NULL, -- whole hours since 1970, UTC
    ahead    INTEGER NOT NULL, -- by how many hours the places' clocks are ahead of UTC
    state    TEXT    NOT NULL,
    provider TEXT    NOT NULL,
    disease  TEXT    NOT NULL,
    openings INTEGER NOT NULL,
    PRIMARY KEY (hour, state, provider, disease, ahead)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE openings;
DROP TABLE status_history;
