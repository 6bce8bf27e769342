-- +goose Up

-- One row when a place's status for a disease turns, as everybody sees it.
CREATE TABLE status_history (
    location_id     TEXT   NOT NULL,
    seq             BIGINT NOT NULL, -- the log entry that turned it
    disease         TEXT   NOT NULL,
    at              BIGINT NOT NULL, -- times are milliseconds since 1970, UTC
    from_status     TEXT,            -- NULL where nobody had spoken of the place before
    to_status       TEXT   NOT NULL,
    available_count BIGINT,
    source          TEXT   NOT NULL, -- whose word the new status is
    PRIMARY KEY (location_id, seq, disease)
);

-- Rows lie in the order of their times.
CREATE INDEX status_history_by_time ON status_history USING brin (at);

-- How many places of a state and a provider came to have something to be had, by the hour.
CREATE TABLE openings (
    hour     BIGINT NOT NULL, -- whole hours since 1970, UTC
    ahead    BIGINT NOT NULL, -- by how many hours the places' clocks are ahead of UTC
    state    TEXT   NOT NULL,
    provider TEXT   NOT NULL,
    disease  TEXT   NOT NULL,
    openings BIGINT NOT NULL,
    PRIMARY KEY (hour, state, provider, disease, ahead)
) WITH (fillfactor = 50); -- the rows of this hour are written again and again

CREATE VIEW readable_status_history AS
SELECT location_id, seq, disease, to_timestamp(at / 1000.0) AS at, from_status, to_status, available_count, source
  FROM status_history;

-- +goose Down
DROP VIEW readable_status_history;
DROP TABLE openings;
DROP TABLE status_history;
