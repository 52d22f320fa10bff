package server

import (
	"errors"
	"fmt"
	"strings"

	"github.com/leatdb/leat/server/auth"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// eventKinds are the kinds of lines that statements give, by the name of the
// statement's node.
var eventKinds = map[string]string{
	"CreateRole": auth.EventRole, "Grant": auth.EventGrant, "AlterDefaults": auth.EventGrant, "Owned": auth.EventGrant,
	"AlterOwner": auth.EventGrant, "AlterSystem": auth.EventConfig,
	"CreateSource": auth.EventDDL, "CreateType": auth.EventDDL, "CreateObject": auth.EventDDL, "CreateConnector": auth.EventDDL,
	"CreateSecret": auth.EventDDL, "Drop": auth.EventDDL, "AlterSource": auth.EventDDL, "Comment": auth.EventDDL,
	"QueryAction": auth.EventDDL, "Truncate": auth.EventDDL,
}

// eventOf is the kind of line that a statement gives, "" for none.
func eventOf(ast sql.Statement) string {
	switch ast.(type) {
	case *sql.Insert, *sql.QueryStmt:
		return ""
	}
	if d, ok := ast.(*sql.Drop); ok && strings.Contains(strings.ToUpper(fmt.Sprint(d.Kind)), "ROLE") {
		return auth.EventRole
	}
	return eventKinds[fmt.Sprintf("%T", ast)[len("*sql."):]]
}

// audited writes a statement that has ended into the book, when it is of a kind
// that belongs there or was denied. The error is err, or that there is no line.
func (ss *Session) audited(ast sql.Statement, text string, err error) error {
	kind, result := eventOf(ast), "ok"
	if err != nil {
		result = sqlerr.From(err).Code
	}
	if result == sqlerr.InsufficientPrivilege {
		kind = auth.EventDenied
	}
	if kind == "" {
		return err
	}
	bad := ss.srv.audit.Record(auth.Event{
		Kind: kind, Role: ss.user, Remote: ss.remote, Session: ss.pid, Statement: statementAt(text, ast.Position()), Result: result,
	})
	if bad != nil && err == nil {
		return sqlerr.New(sqlerr.IOError, "the statement has run, and the audit log cannot be written").Wrap(bad)
	}
	return err
}

// denied writes an access that was refused before a statement ran.
func (ss *Session) denied(text string, err error) error {
	var e *sqlerr.Error
	if errors.As(err, &e) && e.Code == sqlerr.InsufficientPrivilege {
		// The access is refused either way.
		_ = ss.srv.audit.Record(auth.Event{
			Kind: auth.EventDenied, Role: ss.user, Remote: ss.remote, Session: ss.pid, Statement: text, Result: e.Code,
		})
	}
	return err
}

// statementAt is the statement of a script that has the byte at an offset.
func statementAt(text string, pos int) string {
	found := text
	for _, st := range sql.Split(text) {
		if st.Start > pos {
			break
		}
		found = st.Text
	}
	return found
}

// noteSignal writes that a session is ended, or its statement, by another role.
func (ss *Session) noteSignal(to *Session, terminate bool) {
	if to.user == ss.user {
		return
	}
	what := "its statement"
	if terminate {
		what = "the session"
	}
	// A line that is lost is counted; what is wrong is not let run on for it.
	_ = ss.srv.audit.Record(auth.Event{
		Kind: auth.EventCancel, Role: ss.user, Remote: ss.remote, Session: ss.pid, Result: "ok",
		Object: fmt.Sprintf("session %d of %s", to.pid, to.user), Detail: what,
	})
}
