// Package catalog is the pure state machine of names: relations, types, jobs,
// settings. Raft group 0 applies its commands.
//
//	relation.go   Relation and its parts
package catalog
