package catalog

import "github.com/leatdb/leat/sql/types"

// JobStatus is the life of a persistent query.
type JobStatus string

// The statuses. A Starting job becomes Running when its relation is activated.
const (
	Starting   JobStatus = "STARTING"
	Running    JobStatus = "RUNNING"
	Paused     JobStatus = "PAUSED"
	Failed     JobStatus = "ERROR"
	Terminated JobStatus = "TERMINATED"
)

// JobKind is what statement made a job; it begins the job's ID.
type JobKind string

// The kinds of job.
const (
	CSAS   JobKind = "CSAS"        // CREATE STREAM ... AS
	CTAS   JobKind = "CTAS"        // CREATE TABLE ... AS, materialized view
	CST    JobKind = "CST"         // CREATE SOURCE TABLE
	Insert JobKind = "INSERTQUERY" // INSERT INTO ... SELECT
)

// Job is a persistent query. Values are immutable once in a Snapshot.
type Job struct {
	ID        string // CSAS_X_1, INSERTQUERY_5, or given
	OID       uint32
	Kind      JobKind
	Sink      string   // relation written
	Query     string   // canonical query
	SQL       string   // canonical statement
	Meaning   string   // 'leat' or 'ksqldb'
	Settings  []Prop   `json:",omitempty"` // captured at CREATE, sorted by name
	Reads     []string `json:",omitempty"` // relations read, sorted
	Status    JobStatus
	Error     string `json:",omitempty"`
	Epoch     int64  `json:",omitempty"`
	PlanHash  string `json:",omitempty"`
	Version   int    // counts replacements, from 1
	CreatedAt int64  // ms
	Owner     string `json:",omitempty"`
	// Next is what Sink becomes when the job, which is built beside Sink's own, has caught up; nil of others.
	Next *Relation `json:",omitempty"`
}

// TypeDef is a type made by CREATE TYPE.
type TypeDef struct {
	Name      string
	OID       uint32
	Type      types.Type
	CreatedAt int64  // ms
	Owner     string `json:",omitempty"`
}
