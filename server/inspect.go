package server

import (
	"context"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/task"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// What runners of test files look at in this process; clients use SQL.

// Log gives the server's log. The server closes it.
func (s *Server) Log() *log.Log { return s.log }

// Snapshot gives the catalog as it is now.
func (s *Server) Snapshot() *catalog.Snapshot { return s.catalog.Current() }

// RegisterSchema puts a schema into the registry.
func (s *Server) RegisterSchema(ctx context.Context, cmd *catalog.RegisterSchema) error {
	_, err := s.propose(ctx, cmd)
	return err
}

// Jobs lists the persistent queries with their states.
func (s *Server) Jobs() []task.JobStatus { return s.runtime.Jobs() }

// QueryPlan plans a query as this session would run it.
func (ss *Session) QueryPlan(text string) (*planner.Plan, error) {
	stmts, err := ss.parse(text)
	if err != nil {
		return nil, err
	}
	if len(stmts) == 1 {
		if q, ok := stmts[0].(*sql.QueryStmt); ok {
			return ss.plan(ss.request(q, text), q.Query)
		}
	}
	return nil, sqlerr.New(sqlerr.SyntaxError, "the statement is no query")
}
