package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"hexiao/hub/book"
)

//go:embed sqlite/*.sql
var migrations embed.FS

// applicationID stands in the file's header, so that another program's file is not taken for ours.
const applicationID = 0x68786976

// aside is added to the name of a file that could not be used. There is one at most: the next takes its place.
const aside = ".aside"

// errForeign: the file is no views of hexiao, or of a later version.
var errForeign = errors.New("the file is not of this program, or of a later version of it")

// views is the open file: one connection that writes, and a few that read beside it (WAL).
type views struct {
	write *sql.DB
	read  *sql.DB
	conn  *sql.Conn // the writer's one connection
	stmts map[string]*sql.Stmt
	at    book.Position
	hash  book.Hash
}

const readers = 4

// How the file is opened. synchronous=NORMAL may lose the last transactions in a power cut, though never half of one;
// that is enough, because the book is the truth and the position in the views says where to go on. Syncing each
// transaction would only take the disk from the book.
var (
	writerPragmas = []string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)", "cache_size(-16384)", "journal_size_limit(67108864)"}
	readerPragmas = []string{"busy_timeout(10000)", "query_only(1)"}
)

func openViews(ctx context.Context, path string) (*views, error) {
	if err := private(path); err != nil {
		return nil, err
	}
	write, err := openFile(path, writerPragmas)
	if err != nil {
		return nil, err
	}
	v := &views{write: write, stmts: map[string]*sql.Stmt{}}
	if err := v.open(ctx, path); err != nil {
		if code(err) == sqliteError || errors.Is(err, sql.ErrNoRows) {
			err = fmt.Errorf("%w: %w", errForeign, err) // a table or the row of the position is missing
		}
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), v.close())
	}
	return v, nil
}

// private makes the file, where there is none, for its owner only; SQLite gives what it keeps beside it the same rights.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func (v *views) open(ctx context.Context, path string) (err error) {
	v.write.SetMaxOpenConns(1)
	if err := v.migrate(ctx); err != nil {
		if code(err) == 0 && ctx.Err() == nil { // the table of versions holds what is none, as a page of zeros does
			err = fmt.Errorf("%w: versions: %w", errDamaged, err)
		}
		return err
	}
	if v.conn, err = v.write.Conn(ctx); err != nil {
		return err
	}
	var hash []byte
	if err := v.conn.QueryRowContext(ctx, `SELECT at, hash FROM position`).Scan(&v.at, &hash); err != nil {
		if code(err) == 0 && ctx.Err() == nil { // what stands there is no position: it is not SQLite that complains
			err = fmt.Errorf("%w: position: %w", errDamaged, err)
		}
		return err
	}
	copy(v.hash[:], hash)
	if v.read, err = openFile(path, readerPragmas); err != nil {
		return err
	}
	v.read.SetMaxOpenConns(readers)
	v.read.SetMaxIdleConns(readers)
	return nil
}

func openFile(path string, pragmas []string) (*sql.DB, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	full = filepath.ToSlash(full)
	if !strings.HasPrefix(full, "/") {
		full = "/" + full // C:/... on Windows
	}
	q := url.Values{"_pragma": pragmas, "_txlock": {"deferred"}}
	return sql.Open("sqlite", (&url.URL{Scheme: "file", Path: full, RawQuery: q.Encode()}).String())
}

// migrate brings the tables to this program's version. Views of a later version are left as they are.
func (v *views) migrate(ctx context.Context) error {
	var tables, id int
	if err := v.write.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM sqlite_master), (SELECT * FROM pragma_application_id)`).Scan(&tables, &id); err != nil {
		return err
	}
	if tables > 0 && id != applicationID {
		return errForeign
	}
	all, err := fs.Sub(migrations, "sqlite")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, v.write, all, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current > target {
		return errForeign
	}
	_, err = p.Up(ctx)
	return err
}

func (v *views) close() error {
	var errs []error
	for _, s := range v.stmts {
		errs = append(errs, s.Close())
	}
	if v.conn != nil {
		errs = append(errs, v.conn.Close())
	}
	if v.read != nil {
		errs = append(errs, v.read.Close())
	}
	return errors.Join(append(errs, v.write.Close())...)
}

// query gives f one moment's state.
func (v *views) query(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := v.read.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	err = f(tx)
	if ended := tx.Rollback(); err == nil && !errors.Is(ended, sql.ErrTxDone) { // done already when ctx ended meanwhile
		err = ended
	}
	return err
}

func quickCheck(ctx context.Context, tx *sql.Tx) error {
	var answer string
	if err := tx.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&answer); err != nil {
		return err
	}
	if answer != "ok" {
		return fmt.Errorf("%w: %s", errDamaged, answer)
	}
	return nil
}

// errDamaged: SQLite found damage, or a value that was written here cannot be read again.
var errDamaged = errors.New("damaged")

// SQLite's codes (sqlite.org/rescode.html).
const (
	sqliteError   = 1 // wrong SQL: at the start, for tables that are not there
	sqliteCorrupt = 11
	sqliteNotADB  = 26
)

// code is SQLite's primary code of an error, 0 for one of another kind.
func code(err error) int {
	var of *sqlite.Error
	if errors.As(err, &of) {
		return of.Code() & 0xff
	}
	return 0
}

// unusable tells whether the file must be set aside, which a full disk or a busy one is no reason for.
func unusable(err error) bool {
	return code(err) == sqliteCorrupt || code(err) == sqliteNotADB || errors.Is(err, errForeign) || errors.Is(err, errDamaged)
}

// setAside renames the file, and with it what SQLite keeps beside it.
func setAside(path string) error {
	for _, tail := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + aside + tail); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := os.Rename(path+tail, path+aside+tail); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
