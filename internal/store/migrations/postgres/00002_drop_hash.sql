-- +goose Up

-- Whether content changed is judged against the catalog, which holds it.
ALTER TABLE availability DROP COLUMN hash;

-- +goose Down
ALTER TABLE availability ADD COLUMN hash BYTEA NOT NULL DEFAULT '';
