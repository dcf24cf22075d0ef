-- Times are milliseconds since 1970, sums are fen, a redemption is named as people see it ("T000001-1-42").
-- A voucher's id is its serial as a signed number; printf('%016x', id) is how people see it.
-- What is changed here later must be folded again: end such a migration by emptying every table and setting position to 0.

-- +goose Up
PRAGMA application_id = 1752721782; -- "hxiv": views of hexiao

-- How far into the book the other tables go, and the hash of its chain there.
CREATE TABLE position (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    at   INTEGER NOT NULL,
    hash BLOB    NOT NULL
) STRICT;
INSERT INTO position (one, at, hash) VALUES (1, 0, zeroblob(32));

-- Every campaign ever applied, by its place in the book; the last is in force. law is the whole of it, as JSON.
CREATE TABLE campaign (
    position   INTEGER PRIMARY KEY,
    id         TEXT    NOT NULL,
    revision   INTEGER NOT NULL,
    applied_at INTEGER NOT NULL,
    law        TEXT    NOT NULL
) STRICT;

-- Phases and tiers of the campaign in force.
CREATE TABLE phase (
    no         INTEGER PRIMARY KEY,
    starts     INTEGER NOT NULL,
    ends       INTEGER NOT NULL,
    budget_fen INTEGER NOT NULL
) STRICT;

CREATE TABLE tier (
    no            INTEGER PRIMARY KEY,
    id            TEXT    NOT NULL,
    trade         TEXT    NOT NULL,
    face_fen      INTEGER NOT NULL,
    threshold_fen INTEGER NOT NULL
) STRICT;

CREATE TABLE merchant (
    code       TEXT    PRIMARY KEY,
    name       TEXT    NOT NULL,
    trade      TEXT    NOT NULL,
    township   TEXT    NOT NULL,
    uscc       TEXT    NOT NULL,
    lat        REAL,
    lon        REAL,
    open       TEXT    NOT NULL,
    close      TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    reason     TEXT    NOT NULL, -- of the last change of status
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE terminal (
    id          TEXT    PRIMARY KEY,
    merchant    TEXT    NOT NULL,
    device_key  BLOB    NOT NULL, -- public
    version     TEXT    NOT NULL, -- at enrolment
    lat         REAL,
    lon         REAL,
    state       TEXT    NOT NULL, -- '' in good standing, 'frozen', 'revoked'
    reason      TEXT    NOT NULL,
    enrolled_at INTEGER NOT NULL,
    epoch       INTEGER NOT NULL,
    last_number INTEGER NOT NULL, -- newest record of the epoch, 0 for none
    last_at     INTEGER NOT NULL  -- when the hub received it, 0 for never
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
    terminal TEXT    NOT NULL,
    epoch    INTEGER NOT NULL,
    serial   INTEGER NOT NULL,
    granted  INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    count    INTEGER NOT NULL, -- totals of the epoch, as are the sums
    sum_fen  INTEGER NOT NULL,
    face_fen INTEGER NOT NULL, -- largest single face value, 0 for any
    PRIMARY KEY (terminal, epoch, serial)
) STRICT, WITHOUT ROWID;

CREATE TABLE voucher (
    id         INTEGER PRIMARY KEY,
    phase      INTEGER NOT NULL,
    tier       INTEGER NOT NULL,
    person     BLOB,             -- keyed hash of the holder; NULL when nobody was named
    state      TEXT    NOT NULL, -- 'issued', 'redeemed', 'disputed', 'revoked'; expired is a matter of the clock
    redemption TEXT    NOT NULL, -- what used it, '' for none
    issued_at  INTEGER NOT NULL
) STRICT;

-- Every record of every terminal, by its place in the book. Those about another record (confirm, reverse, void) bear its
-- sale. counted is 1 while the fund pays for the sale by this record.
CREATE TABLE record (
    position  INTEGER PRIMARY KEY,
    terminal  TEXT    NOT NULL,
    epoch     INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    kind      TEXT    NOT NULL, -- 'ask', 'accept', 'confirm', 'reverse', 'void', 'surrender'
    about     INTEGER NOT NULL, -- number of the record it is about, 0 for none
    confirmed INTEGER NOT NULL, -- of an ask: number of its first confirm, 0 for none
    merchant  TEXT    NOT NULL, -- whose terminal it was then
    voucher   INTEGER,          -- NULL where there is no sale, as are the four below
    phase     INTEGER,
    tier      INTEGER,
    bill_fen  INTEGER,
    face_fen  INTEGER,
    order_no  TEXT    NOT NULL,
    lease     INTEGER NOT NULL, -- serial of the lease it was taken within, 0 for none
    result    TEXT    NOT NULL, -- 'redeemed', 'rejected', 'disputed', 'undone', 'noted'
    reason    TEXT    NOT NULL,
    winner    TEXT    NOT NULL, -- what had used the voucher, '' for none
    case_no   INTEGER NOT NULL, -- 0 for none
    till_time INTEGER NOT NULL,
    hub_time  INTEGER NOT NULL, -- of receipt
    day       TEXT    NOT NULL, -- it counts for, in the campaign's zone: '2023-12-11'
    counted   INTEGER NOT NULL,
    undone_by TEXT    NOT NULL  -- '' for none
) STRICT;
CREATE UNIQUE INDEX record_id ON record (terminal, epoch, number);
CREATE INDEX record_merchant ON record (merchant); -- each in the order of the book, so that a page needs no sorting
CREATE INDEX record_day ON record (day);
CREATE INDEX record_case ON record (case_no) WHERE case_no > 0;

CREATE TABLE casefile (
    number    INTEGER PRIMARY KEY,
    kind      TEXT    NOT NULL,
    terminal  TEXT    NOT NULL,
    record    TEXT    NOT NULL, -- that it was opened for
    winner    TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    opened_at INTEGER NOT NULL
) STRICT;

-- Records of a second chain, as they came: they are in no chain, so not in record.
CREATE TABLE stray (
    position INTEGER PRIMARY KEY,
    case_no  INTEGER NOT NULL,
    raw      BLOB    NOT NULL
) STRICT;
CREATE INDEX stray_case ON stray (case_no);

-- What counts, by merchant, day and tier: the sum of record where counted is 1.
CREATE TABLE summary (
    merchant TEXT    NOT NULL,
    day      TEXT    NOT NULL,
    tier     INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    face_fen INTEGER NOT NULL,
    bill_fen INTEGER NOT NULL,
    PRIMARY KEY (merchant, day, tier)
) STRICT, WITHOUT ROWID;
