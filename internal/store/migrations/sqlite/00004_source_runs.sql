-- +goose Up

-- How it went when a source was read. The report is JSON: univaf.Run.
CREATE TABLE source_runs (
    source     TEXT    NOT NULL,
    started_at INTEGER NOT NULL, -- times are milliseconds since 1970, UTC
    ended_at   INTEGER NOT NULL,
    report     TEXT    NOT NULL,
    PRIMARY KEY (source, started_at)
) WITHOUT ROWID;

-- Sources that somebody has stopped for a while.
CREATE TABLE source_pauses (
    source TEXT    PRIMARY KEY,
    since  INTEGER NOT NULL,
    until  INTEGER NOT NULL,
    reason TEXT    NOT NULL
) WITHOUT ROWID;

-- +goose Down
DROP TABLE source_pauses;
DROP TABLE source_runs;
