-- +goose Up

-- What the list of changes needs, so that every process gives the same one. All are
-- entries of the log; 0 and NULL stand for none since this migration.

-- The one that last changed what everybody sees of it.
ALTER TABLE availability ADD COLUMN shown_seq BIGINT NOT NULL DEFAULT 0;

-- The one of the last check after which the sources of the place stood in another order.
ALTER TABLE checks ADD COLUMN reordered_seq BIGINT NOT NULL DEFAULT 0;

-- The one by which the place was last hidden, or went to another state or provider,
-- and when that was.
ALTER TABLE locations ADD COLUMN left_seq BIGINT, ADD COLUMN left_at BIGINT;

-- +goose Down
ALTER TABLE locations DROP COLUMN left_seq, DROP COLUMN left_at;
ALTER TABLE checks DROP COLUMN reordered_seq;
ALTER TABLE availability DROP COLUMN shown_seq;
