package server

import (
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
)

// upgradable refuses what CREATE OR REPLACE cannot replace in ksqlDB's meaning:
// queries with a join or a windowed aggregate, which keep what the new plan
// could not read. The default meaning builds the new query beside the old one.
func upgradable(plan *planner.Plan, name string) error {
	var node string
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
		}
		for _, in := range n.Inputs() {
			visit(in)
		}
	}
	for _, stage := range plan.Stream.Stages {
		visit(stage.Root)
	}
	if node == "" {
		return nil
	}
	return sqlerr.New(sqlerr.FeatureNotSupported, "Cannot upgrade data source `%s`: Upgrades not yet supported for %s", name, node)
}
