package server

import (
	"context"
	"errors"
	"strings"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// transaction is BEGIN .. COMMIT: writes wait for COMMIT, which makes one
// atomic command of them (S3).
type transaction struct {
	status     byte // 'I', 'T', 'E'
	now        int64
	readOnly   bool
	writes     []write
	bytes      int
	savepoints []savepoint
	notes      []note // NOTIFYs
}

// savepoint remembers how much had been buffered.
type savepoint struct {
	name   string
	writes int
	bytes  int
	notes  int
}

// maxTransaction bounds the buffered writes: one command of the log.
const maxTransaction = 12 << 20

func errAborted() error {
	return sqlerr.New(sqlerr.InFailedTransaction, "current transaction is aborted, commands ignored until end of transaction block")
}

// allowedInFailed tells whether a statement may run in a failed transaction.
func allowedInFailed(ast sql.Statement) bool {
	t, ok := ast.(*sql.Transaction)
	return ok && (t.Verb == "COMMIT" || t.Verb == "ROLLBACK" || t.Verb == "ROLLBACK TO")
}

func (ss *Session) runTransaction(ctx context.Context, rq *request, t *sql.Transaction) (*pgwire.Result, error) {
	switch t.Verb {
	case "BEGIN":
		return ss.beginTx(rq, t)
	case "COMMIT", "ROLLBACK":
		return ss.endTx(ctx, rq, t)
	case "SAVEPOINT":
		if ss.tx.status == 'I' {
			return nil, needsTransaction("SAVEPOINT")
		}
		ss.tx.savepoints = append(ss.tx.savepoints, savepoint{t.Name.Fold(rq.ksql), len(ss.tx.writes), ss.tx.bytes, len(ss.tx.notes)})
		return tag("SAVEPOINT"), nil
	case "RELEASE":
		i, err := ss.savepoint(rq, t, "RELEASE SAVEPOINT")
		if err != nil {
			return nil, err
		}
		ss.tx.savepoints = ss.tx.savepoints[:i]
		return tag("RELEASE"), nil
	case "ROLLBACK TO":
		i, err := ss.savepoint(rq, t, "ROLLBACK TO SAVEPOINT")
		if err != nil {
			return nil, err
		}
		p := ss.tx.savepoints[i]
		ss.tx.writes, ss.tx.bytes, ss.tx.savepoints = ss.tx.writes[:p.writes], p.bytes, ss.tx.savepoints[:i+1]
		ss.tx.notes = ss.tx.notes[:p.notes]
		ss.tx.status = 'T'
		return tag("ROLLBACK"), nil
	}
	return nil, sqlerr.Unsupported("%s TRANSACTION", t.Verb).At(t.Pos)
}

func needsTransaction(what string) error {
	return sqlerr.New(sqlerr.NoActiveTransaction, "%s can only be used in transaction blocks", what)
}

func (ss *Session) savepoint(rq *request, t *sql.Transaction, what string) (int, error) {
	if ss.tx.status == 'I' {
		return 0, needsTransaction(what)
	}
	name := t.Name.Fold(rq.ksql)
	for i := len(ss.tx.savepoints) - 1; i >= 0; i-- {
		if ss.tx.savepoints[i].name == name {
			return i, nil
		}
	}
	return 0, sqlerr.New("3B001", "savepoint %q does not exist", name).At(t.Name.Pos)
}

func (ss *Session) beginTx(rq *request, t *sql.Transaction) (*pgwire.Result, error) {
	if ss.tx.status != 'I' {
		ss.tell("WARNING", sqlerr.New(sqlerr.ActiveTransaction, "there is already a transaction in progress"))
		return tag("BEGIN"), nil
	}
	ss.tx = transaction{status: 'T', now: rq.now, readOnly: ss.settings.isOn("default_transaction_read_only")}
	if t.Modes.ReadOnly != nil {
		ss.tx.readOnly = *t.Modes.ReadOnly
	}
	if t.Modes.Isolation == "SERIALIZABLE" || t.Modes.Isolation == "REPEATABLE READ" {
		ss.notice("isolation level %s is accepted, each statement reads the latest committed rows", t.Modes.Isolation)
	}
	if err := ss.settings.set("transaction_read_only", map[bool]string{true: "on", false: "off"}[ss.tx.readOnly], true, true); err != nil {
		return nil, err
	}
	if t.Modes.Isolation != "" {
		if err := ss.settings.set("transaction_isolation", strings.ToLower(t.Modes.Isolation), true, true); err != nil {
			return nil, err
		}
	}
	return tag("BEGIN"), nil
}

func (ss *Session) endTx(ctx context.Context, rq *request, t *sql.Transaction) (*pgwire.Result, error) {
	was, word := ss.tx.status, t.Verb
	if was == 'I' {
		ss.tell("WARNING", sqlerr.New(sqlerr.NoActiveTransaction, "there is no transaction in progress"))
		return tag(word), nil
	}
	writes, notes := ss.tx.writes, ss.tx.notes
	if was == 'E' {
		word = "ROLLBACK"
	}
	ss.tx = transaction{status: 'I'}
	var err error
	if word == "COMMIT" {
		if err = ss.append(ctx, writes); errors.Is(err, errMoved) {
			err = sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to concurrent update")
		}
	}
	ss.settings.endTransaction(word == "COMMIT" && err == nil)
	ss.tellSuperuser()
	ss.srv.advisory.endOfTransaction(ss)
	ss.endCursors(word == "COMMIT" && err == nil)
	if err != nil {
		return nil, err
	}
	if word == "COMMIT" {
		ss.sendNotes(notes)
	}
	if t.Chain {
		ss.tx = transaction{status: 'T', now: rq.now}
	}
	return tag(word), nil
}

// inTx tells whether a transaction is open.
func (ss *Session) inTx() bool { return ss.tx.status != 'I' }

// ddlNotice tells, inside a transaction, that DDL does not wait for COMMIT.
func (ss *Session) ddlNotice(what string) {
	if ss.inTx() {
		ss.tell("NOTICE", sqlerr.New(sqlerr.SuccessfulCompletion, "%s takes effect at once and is not undone by ROLLBACK", what))
	}
}
