package fn

import "github.com/leatdb/leat/sql/types"

// Sizes are bytes on disk. Lookups that know them implement it.
type Sizes interface {
	// RelationSize is that of a relation's topic; ok is false when there is none.
	RelationSize(oid uint32) (bytes int64, ok bool)
	// DatabaseSize is that of all topics and of the log before them.
	DatabaseSize() int64
}

// addSizes registers pg_*_size. Indexes and forks have no bytes of their own.
func addSizes(a *adder) {
	relation := func(sig string) {
		a.row(sig, stable, func(e *Env, v []types.Value) (types.Value, error) {
			s, known := e.Catalog.(Sizes)
			oid, isOID := v[0].(int64)
			if !known || !isOID {
				return nil, nil
			}
			if n, ok := s.RelationSize(uint32(oid)); ok {
				return n, nil
			}
			return nil, nil
		}, "The bytes of a relation's topic on disk.")
	}
	relation("pg_relation_size(rel regclass) bigint")
	relation("pg_table_size(rel regclass) bigint")
	relation("pg_total_relation_size(rel regclass) bigint")
	a.row("pg_relation_size(rel regclass, fork text) bigint", stable, func(e *Env, v []types.Value) (types.Value, error) {
		if s, known := e.Catalog.(Sizes); known && v[1] == "main" {
			if n, ok := s.RelationSize(uint32(v[0].(int64))); ok {
				return n, nil
			}
		}
		return int64(0), nil
	}, "The bytes of a relation's topic on disk: those of the fork main.")
	a.row("pg_indexes_size(rel regclass) bigint", stable, constant(int64(0)), "The bytes of a relation's indexes: it is read by its key, there are none.")
	for _, by := range []string{"oid", "name"} {
		a.row("pg_database_size(db "+by+") bigint", stable, func(e *Env, _ []types.Value) (types.Value, error) {
			if s, known := e.Catalog.(Sizes); known {
				return s.DatabaseSize(), nil
			}
			return nil, nil
		}, "The bytes of all topics on disk, and of the log before them.")
	}
}
