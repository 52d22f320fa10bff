package server

import (
	"context"
	"errors"

	"github.com/leatdb/leat/catalog"
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
	if err := ss.unwritten(plan.Target, "UPDATE or DELETE"); err != nil {
		return nil, err
	}
	rows, err := untilStill(func() (*vec.Batch, error) { return ss.tryMutate(ctx, rq, plan.Target, plan.Plan, remove, nil) })
	if err != nil {
		return nil, err
	}
	if plan.Returning == nil {
		return tag(tagOf(word, int64(rows.N))), nil
	}
	return ss.returning(rq, plan.Returning, rows, word)
}

// upsert is INSERT ... ON CONFLICT: it reads like UPDATE.
func (ss *Session) upsert(ctx context.Context, rq *request, plan *planner.InsertPlan) (*vec.Batch, error) {
	t := plan.Target
	if err := ss.unwritten(t, "INSERT with ON CONFLICT"); err != nil {
		return nil, err
	}
	check := func(rows *vec.Batch) error {
		if plan.Once {
			return noKeyTwice(t, rows)
		}
		return nil
	}
	return untilStill(func() (*vec.Batch, error) { return ss.tryMutate(ctx, rq, t, plan.Query, false, check) })
}

// noKeyTwice refuses rows of which one would overwrite another.
func noKeyTwice(t *catalog.Relation, rows *vec.Batch) error {
	keys := t.Schema.KeyColumns()
	cols := make([]*vec.Vec, len(keys))
	for i, k := range keys {
		cols[i] = &rows.Cols[k]
	}
	seen := map[string]struct{}{}
	for i := range rows.N {
		k := string(vec.EncodeKey(nil, cols, i))
		if _, twice := seen[k]; twice {
			return sqlerr.New("21000", "ON CONFLICT DO UPDATE command cannot affect row a second time").
				WithHint("Ensure that no rows proposed for insertion within the same command have duplicate constrained values.")
		}
		seen[k] = struct{}{}
	}
	return nil
}

// unwritten refuses what reads a table that the open transaction has written.
func (ss *Session) unwritten(t *catalog.Relation, what string) error {
	for i := range ss.tx.writes {
		if ss.tx.status == 'T' && ss.tx.writes[i].rel.OID == t.OID {
			return sqlerr.Unsupported("%s of a table that this transaction has written", what).
				WithHint("COMMIT first: a transaction's rows become visible with COMMIT.")
		}
	}
	return nil
}

// untilStill tries again while another writer was faster.
func untilStill(try func() (*vec.Batch, error)) (*vec.Batch, error) {
	for range maxRetries {
		if rows, err := try(); !errors.Is(err, errMoved) {
			return rows, err
		}
	}
	return nil, sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to concurrent update").
		WithHint("The table is being written all the time; try again.")
}

// tryMutate reads the rows of plan and writes them, unless the table has changed
// meanwhile (errMoved) or check refuses them.
func (ss *Session) tryMutate(ctx context.Context, rq *request, t *catalog.Relation, plan *planner.Plan, remove bool, check func(*vec.Batch) error) (*vec.Batch, error) {
	ends := map[int32]int64{}
	for p := range t.Partitions {
		_, end, err := ss.srv.log.Offsets(t.Topic, p)
		if err != nil {
			return nil, appendError(err)
		}
		ends[p] = end
	}
	if err := ss.catchUp(ctx, rq.snap, plan.Reads); err != nil {
		return nil, err
	}
	rows, err := ss.collect(ctx, rq, plan.Batch, t.Schema)
	if err == nil && check != nil {
		err = check(rows)
	}
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
