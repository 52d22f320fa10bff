package ksqltest

import (
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// fault is where an error came from.
type fault uint8

const (
	parseFault     fault = iota // the text is no statement
	statementFault              // the statement is refused
	runtimeFault                // a query stopped while it ran
	brokenFault                 // ours: an internal error is never an expected one
)

// faultOf sorts the error of a statement by its SQLSTATE and by who raised it.
func faultOf(text string, err error) fault {
	if sqlerr.From(err).Code[:2] == "XX" {
		return brokenFault
	}
	if _, perr := sql.ParseKsql(text); perr != nil {
		return parseFault
	}
	return statementFault
}

// exceptions maps ksqlDB's exception classes to faults. Its parser and its
// analysis share their checks out otherwise than ours, so that both answer for
// all classes of refused statements.
var exceptions = map[string][]fault{
	"ParseFailedException":            {parseFault, statementFault},
	"KsqlStatementException":          {parseFault, statementFault},
	"KsqlException":                   {parseFault, statementFault},
	"KsqlTopicAuthorizationException": {statementFault},
	"StreamsException":                {runtimeFault},
	"":                                {parseFault, statementFault, runtimeFault},
}

// check compares an error with the expected one.
func (r *refusal) check(err error, f fault) error {
	class := r.Type[strings.LastIndexByte(r.Type, '.')+1:]
	allowed, known := exceptions[class]
	if !known {
		allowed = []fault{parseFault, statementFault, runtimeFault}
	}
	ok := false
	for _, a := range allowed {
		ok = ok || a == f
	}
	got := message(err)
	if !ok {
		return differ("the error is of another kind than %s: %s", class, got)
	}
	want, _, _ := strings.Cut(r.Message, "\nStatement:")
	if r.CauseMessage != "" && f == runtimeFault {
		want = r.CauseMessage
	}
	if !strings.Contains(got, want) {
		return differ("error message:\n  want %s\n  got  %s", want, got)
	}
	return nil
}
