-- +goose Up

-- The catalog finds places by their external ids; nothing asks the database.
DROP INDEX external_ids_by_value;

-- +goose Down
CREATE INDEX external_ids_by_value ON external_ids (system, value);
