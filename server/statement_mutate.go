package server

import (
	"context"
	"errors"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// maxRetries bounds how often UPDATE and DELETE read again because another
// writer was faster.
const maxRetries = 100

func (ss *Session) runUpdate(ctx context.Context, rq *request, _ *sql.Update) (*pgwire.Result, error) {
	return ss.mutate(ctx, rq, "UPDATE %d", false)
}

func (ss *Session) runDelete(ctx context.Context, rq *request, _ *sql.Delete) (*pgwire.Result, error) {
	return ss.mutate(ctx, rq, "DELETE %d", true)
}

// bindMutation binds UPDATE or DELETE.
func (ss *Session) bindMutation(rq *request) (*planner.MutationPlan, error) {
	if x, ok := rq.ast.(*sql.Update); ok {
		t, err := ss.target(rq, x.Name)
		if err != nil {
			return nil, err
		}
		return planner.BindUpdate(t, x, ss.names(rq), ss.options(rq))
	}
	x := rq.ast.(*sql.Delete)
	t, err := ss.target(rq, x.Name)
	if err != nil {
		return nil, err
	}
	return planner.BindDelete(t, x, ss.names(rq), ss.options(rq))
}

// mutate reads the rows at the partitions' ends and writes them back on the
// condition that nothing came in between; otherwise it reads again.
func (ss *Session) mutate(ctx context.Context, rq *request, word string, remove bool) (*pgwire.Result, error) {
	plan, err := ss.bindMutation(rq)
	if err != nil {
		return nil, err
	}
	if ss.tx.status == 'T' && len(ss.tx.writes) > 0 {
		for i := range ss.tx.writes {
			if ss.tx.writes[i].rel.OID == plan.Target.OID {
				return nil, sqlerr.Unsupported("UPDATE or DELETE of a table that this transaction has written").
					WithHint("COMMIT first: a transaction's rows become visible with COMMIT.")
			}
		}
	}
	for range maxRetries {
		rows, err := ss.tryMutate(ctx, rq, plan, remove)
		if errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if plan.Returning == nil {
			return tag(tagOf(word, int64(rows.N))), nil
		}
		return ss.returning(rq, plan.Returning, rows, word)
	}
	return nil, sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to concurrent update").
		WithHint("The table is being written all the time; try again.")
}

func (ss *Session) tryMutate(ctx context.Context, rq *request, plan *planner.MutationPlan, remove bool) (*vec.Batch, error) {
	t := plan.Target
	ends := map[int32]int64{}
	for p := range t.Partitions {
		_, end, err := ss.srv.log.Offsets(t.Topic, p)
		if err != nil {
			return nil, appendError(err)
		}
		ends[p] = end
	}
	if err := ss.catchUp(ctx, rq.snap, plan.Plan.Reads); err != nil {
		return nil, err
	}
	rows, err := ss.collect(ctx, rq, plan.Plan.Batch, t.Schema)
	if err != nil || rows.N == 0 {
		return rows, err
	}
	rows.Ts = make([]int64, rows.N)
	for i := range rows.Ts {
		rows.Ts[i] = rq.now / types.MicrosPerMilli
	}
	out := *rows
	if remove {
		out.Tomb = vec.NewBitmap(rows.N)
		out.Tomb.Fill(rows.N)
	}
	enc, err := ss.srv.inserter(t)
	if err != nil {
		return nil, err
	}
	placed, err := enc.Batch(&out)
	if err != nil {
		return nil, err
	}
	return rows, ss.put(ctx, write{rel: t, placed: placed, expect: ends})
}
