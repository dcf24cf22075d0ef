-- +goose Up
-- What a case is about, what the rule looked at and proposes, and how it was decided. Sums and voucher are of the disputed
-- sale and NULL where there is none, as of a case about a terminal.
ALTER TABLE casefile ADD COLUMN merchant    TEXT    NOT NULL DEFAULT ''; -- whose terminal it is
ALTER TABLE casefile ADD COLUMN rival       TEXT    NOT NULL DEFAULT ''; -- whose terminal the winner is
ALTER TABLE casefile ADD COLUMN part_of     INTEGER NOT NULL DEFAULT 0;  -- the case about the terminal, 0 for none
ALTER TABLE casefile ADD COLUMN in_lease    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE casefile ADD COLUMN spent_age   INTEGER;                     -- of the till's spent set, milliseconds; NULL for none
ALTER TABLE casefile ADD COLUMN rule        TEXT    NOT NULL DEFAULT ''; -- that proposes, as JSON
ALTER TABLE casefile ADD COLUMN raw         BLOB;                        -- the disputed record, as it came
ALTER TABLE casefile ADD COLUMN record_at   INTEGER;                     -- its position; NULL for one of a second chain
ALTER TABLE casefile ADD COLUMN voucher     INTEGER;
ALTER TABLE casefile ADD COLUMN tier        INTEGER;
ALTER TABLE casefile ADD COLUMN bill_fen    INTEGER;
ALTER TABLE casefile ADD COLUMN face_fen    INTEGER;
ALTER TABLE casefile ADD COLUMN day         TEXT    NOT NULL DEFAULT '';
ALTER TABLE casefile ADD COLUMN verdict     TEXT    NOT NULL DEFAULT ''; -- 'pay', 'refuse', 'resume', 'revoke'; '' while it is open
ALTER TABLE casefile ADD COLUMN why         TEXT    NOT NULL DEFAULT ''; -- what those who decided gave as their reason
ALTER TABLE casefile ADD COLUMN decided_by  TEXT    NOT NULL DEFAULT ''; -- names with ', ' between them
ALTER TABLE casefile ADD COLUMN decided_at  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE casefile ADD COLUMN tell_zh     TEXT    NOT NULL DEFAULT ''; -- what the merchant is told
ALTER TABLE casefile ADD COLUMN tell_en     TEXT    NOT NULL DEFAULT '';
ALTER TABLE casefile ADD COLUMN unit_fen    INTEGER NOT NULL DEFAULT 0;  -- paid by a unit of stock
ALTER TABLE casefile ADD COLUMN reserve_fen INTEGER NOT NULL DEFAULT 0;  -- paid out of the loss reserve
CREATE INDEX casefile_part ON casefile (part_of) WHERE part_of > 0;
CREATE INDEX casefile_merchant ON casefile (merchant);

-- What persons have signed about a case, by its place in the book.
CREATE TABLE signature (
    position INTEGER PRIMARY KEY,
    case_no  INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    verdict  TEXT    NOT NULL,
    why      TEXT    NOT NULL,
    at       INTEGER NOT NULL
) STRICT;
CREATE INDEX signature_case ON signature (case_no);

-- Those who may sign.
CREATE TABLE person (
    name       TEXT    PRIMARY KEY,
    public_key BLOB    NOT NULL,
    entered_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- summary is the sum of record where counted is 1, and of the cases of second chains that were paid by a unit.

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
DELETE FROM summary;
UPDATE position SET at = 0, hash = zeroblob(32);
