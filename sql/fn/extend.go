package fn

import (
	"maps"
	"slices"
)

// With gives a registry that has more functions besides those of r, which does
// not change. An overload comes behind those of the same name. The functions
// are given.
func (r *Registry) With(scalars []*Scalar, aggs []*Agg, tables []*TableFunc) *Registry {
	out := &Registry{scalars: maps.Clone(r.scalars), aggs: maps.Clone(r.aggs), tables: maps.Clone(r.tables)}
	for _, f := range scalars {
		out.scalars[f.Name] = append(slices.Clip(out.scalars[f.Name]), f)
	}
	for _, f := range aggs {
		out.aggs[f.Name] = append(slices.Clip(out.aggs[f.Name]), f)
	}
	for _, f := range tables {
		out.tables[f.Name] = append(slices.Clip(out.tables[f.Name]), f)
	}
	out.index()
	return out
}
