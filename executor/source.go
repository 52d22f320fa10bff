// Package executor names what the rooms below it share.
//
//	source.go   Source: virtual tables
//	op/         streaming operators
//	state/      keyed state
//	codec/      record bytes <-> vectors
//	task/       tasks, journal, checkpoints, tables, subscriptions
//	batch/      pull plans
//	ref/        record-at-a-time twins of the operators: the oracle, never the product
package executor

import (
	"context"

	"github.com/leatdb/leat/sql/types"
)

// Source answers virtual tables: pg_catalog, information_schema, leat.
type Source interface {
	// Schema gives the columns of "schema.name"; ok is false if there is none.
	Schema(name string) (s types.Schema, ok bool)
	// Rows gives the current rows. Columns not needed may be NULL.
	Rows(ctx context.Context, name string, needed []bool) ([]types.Row, error)
}
