-- +goose Up

-- Keys of the API, those that were revoked too: a name stays whose it was. The keys are
-- random, so their plain SHA-256 gives nothing to guess.
CREATE TABLE api_keys (
    name       TEXT    PRIMARY KEY,
    hash       BLOB    NOT NULL UNIQUE,
    scopes     TEXT    NOT NULL, -- comma-separated
    created_at INTEGER NOT NULL, -- times are milliseconds since 1970, UTC
    used_on    INTEGER,          -- the start of the day on which it was last used
    revoked_at INTEGER
) WITHOUT ROWID;

-- +goose Down
DROP TABLE api_keys;
