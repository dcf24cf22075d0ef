-- +goose Up
ALTER TABLE casefile ADD COLUMN voided TEXT NOT NULL DEFAULT ''; -- the record that undid the sale before anybody had decided
CREATE INDEX casefile_record ON casefile (record);

DELETE FROM campaign;
DELETE FROM phase;
DELETE FROM tier;
DELETE FROM merchant;
DELETE FROM terminal;
DELETE FROM lease;
DELETE FROM voucher;
DELETE FROM record;
DELETE FROM casefile;
DELETE FROM stray;
DELETE FROM signature;
DELETE FROM person;
DELETE FROM writeoff;
DELETE FROM summary;
UPDATE position SET at = 0, hash = zeroblob(32);
