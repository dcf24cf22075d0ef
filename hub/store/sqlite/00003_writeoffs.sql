-- +goose Up
-- What the leases of a terminal had left and two persons wrote off, by its place in the book.
CREATE TABLE writeoff (
    position INTEGER PRIMARY KEY,
    terminal TEXT    NOT NULL,
    epoch    INTEGER NOT NULL, -- this one and all before it
    release  INTEGER NOT NULL, -- 1: free again, and nothing is set aside for records that come later
    why      TEXT    NOT NULL,
    by       TEXT    NOT NULL, -- names with ', ' between them
    at       INTEGER NOT NULL,
    units    INTEGER NOT NULL, -- of all pools
    sum_fen  INTEGER NOT NULL
) STRICT;
CREATE INDEX writeoff_terminal ON writeoff (terminal);

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
DELETE FROM summary;
UPDATE position SET at = 0, hash = zeroblob(32);
