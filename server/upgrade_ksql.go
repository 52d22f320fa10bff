package server

import (
	"slices"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// upgradable refuses what CREATE OR REPLACE cannot replace in ksqlDB's meaning:
// queries with a join or a windowed aggregate, whose state the new plan could not
// read, other sources, and other aggregates. The default meaning builds the new
// query beside the old one.
func (ss *Session) upgradable(rq *request, old, r *catalog.Relation, x *sql.CreateSource, plan *planner.Plan) error {
	name, node, grouped := old.Name, "", "StreamAggregate"
	var visit func(n planner.Node)
	visit = func(n planner.Node) {
		switch x := n.(type) {
		case *planner.StreamTableJoinNode:
			node = "StreamTableJoin"
		case *planner.StreamStreamJoinNode:
			node = "StreamStreamJoin"
		case *planner.TableTableJoinNode:
			node = "TableTableJoin"
			if len(x.ForeignKey) > 0 {
				node = "ForeignKeyTableTableJoin"
			}
		case *planner.AggregateNode:
			if x.Window != nil {
				node = "StreamWindowedAggregate"
			}
			if x.In.Kind() == planner.TableResult {
				grouped = "TableAggregate"
			}
		}
		for _, in := range n.Inputs() {
			visit(in)
		}
	}
	for _, stage := range plan.Stream.Stages {
		visit(stage.Root)
	}
	job, running := rq.snap.Job(old.JobID)
	switch {
	case node != "":
	case !running || !schema.CheckUpgrade(r.Schema, old.Schema).OK():
		return nil // the columns are told first
	case !slices.Equal(job.Reads, plan.Reads):
		return sqlerr.New(sqlerr.FeatureNotSupported, "Cannot upgrade data source: Query is not upgradeable. Its sources must be the same. Values differ: [%s] vs. [%s]",
			strings.Join(job.Reads, ", "), strings.Join(plan.Reads, ", "))
	default:
		was, err := sql.ParseOne(job.SQL)
		if made, ok := was.(*sql.CreateSource); err == nil && ok && made.As != nil {
			return planner.CheckUpgrade(made.As, x.As, grouped, ss.options(rq))
		}
		return err
	}
	return sqlerr.New(sqlerr.FeatureNotSupported, "Cannot upgrade data source `%s`: Upgrades not yet supported for %s", name, node)
}
