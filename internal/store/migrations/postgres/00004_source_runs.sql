-- +goose Up

-- How it went when a source was read. The report is JSON: univaf.Run.
CREATE TABLE source_runs (
    source     TEXT   NOT NULL,
    started_at BIGINT NOT NULL, -- times are milliseconds since 1970, UTC
    ended_at   BIGINT NOT NULL,
    report     TEXT   NOT NULL,
    PRIMARY KEY (source, started_at)
);

-- Sources that somebody has stopped for a while.
CREATE TABLE source_pauses (
    source TEXT   PRIMARY KEY,
    since  BIGINT NOT NULL,
    until  BIGINT NOT NULL,
    reason TEXT   NOT NULL
);

CREATE VIEW readable_source_runs AS
SELECT source, to_timestamp(started_at / 1000.0) AS started_at, to_timestamp(ended_at / 1000.0) AS ended_at, report::jsonb AS report
  FROM source_runs;

-- +goose Down
DROP VIEW readable_source_runs;
DROP TABLE source_pauses;
DROP TABLE source_runs;
