-- +goose Up

-- Keys of the API, those that were revoked too: a name stays whose it was. The keys are
-- random, so their plain SHA-256 gives nothing to guess.
CREATE TABLE api_keys (
    name       TEXT   PRIMARY KEY,
    hash       BYTEA  NOT NULL UNIQUE,
    scopes     TEXT   NOT NULL, -- comma-separated
    created_at BIGINT NOT NULL, -- times are milliseconds since 1970, UTC
    used_on    BIGINT,          -- the start of the day on which it was last used
    revoked_at BIGINT
);

-- +goose Down
DROP TABLE api_keys;
