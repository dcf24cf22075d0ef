-- +goose Up
-- A technician's word that a terminal was left working, by its place in the book.
CREATE TABLE handover (
    position  INTEGER PRIMARY KEY,
    terminal  TEXT    NOT NULL,
    epoch     INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    merchant  TEXT    NOT NULL, -- whose terminal it was then
    till_time INTEGER NOT NULL,
    hub_time  INTEGER NOT NULL, -- of receipt
    honoured  INTEGER NOT NULL, -- 1: the lane test that it names is there
    lane      TEXT    NOT NULL, -- the redemption of the lane voucher
    body      TEXT    NOT NULL  -- voucher.Handover as JSON
) STRICT;
CREATE INDEX handover_terminal ON handover (terminal);

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
