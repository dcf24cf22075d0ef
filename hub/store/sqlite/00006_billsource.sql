-- +goose Up
-- Who said what a sale's bill is: 'pos', 'display' or 'typed'; '' where there is no sale, or its till did not keep it.
ALTER TABLE record ADD COLUMN bill_source TEXT NOT NULL DEFAULT '';

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
DELETE FROM handover;
DELETE FROM summary;
UPDATE position SET at = 0, hash = zeroblob(32);
