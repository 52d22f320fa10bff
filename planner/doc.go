// Package planner turns a parsed query into a Plan, which is data: names are
// bound, meaning (null logic, overflow, casts) is explicit in nodes, stages are
// cut at repartitions.
//
//	plan.go    Plan, stages, streaming nodes
//	batch.go   nodes of pull plans
package planner
