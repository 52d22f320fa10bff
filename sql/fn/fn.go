package fn

import (
	"time"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// Volatility says how often a function may be evaluated early.
type Volatility uint8

// The volatilities, as in PostgreSQL.
const (
	Immutable Volatility = iota // same arguments, same result, for ever
	Stable                      // same within one statement or step
	Volatile                    // may differ per row
)

// Env is what an evaluation may know besides its rows. In a task it comes from
// the journalled step, so a replay sees the same; in a session from the
// statement. Shared by all kernels of one evaluation, never kept.
type Env struct {
	Now      int64          // µs since the epoch: the step's or statement's time
	Seed     uint64         // for random() and uuid(): a hash of task, input partition, offset; mixed with the call site and row
	Location *time.Location // session time zone; UTC in tasks
	User     string         // whose rights count: current_user
	// SessionUser is session_user; "" is User.
	SessionUser string
	Database    string
	Setting     func(name string) (string, bool) // nil: none
	Catalog     Lookups                          // nil outside sessions
	PID         int64                            // of the session
	Sleep       func(d time.Duration) error      // waits, or says why the statement ends; nil outside sessions
	// Signal cancels the statement of a session, or ends the session; false when
	// there is none, an error when the user may not. nil outside sessions.
	Signal func(pid int64, terminate bool) (bool, error)
	// Notify sends a notification to who listens. nil outside sessions.
	Notify func(channel, payload string) error
}

// TypeNames finds the types that users made. Lookups that know any implement it.
type TypeNames interface {
	TypeByOID(oid uint32) (types.Type, bool)
	TypeByName(name string) (types.Type, bool)
}

// Lookups are the questions catalog functions ask (regclass, pg_get_*,
// obj_description, has_*_privilege, ...). The server implements them.
type Lookups interface {
	// RelationOID resolves a possibly qualified name ("pg_catalog.pg_class", "t"); 0 if absent.
	RelationOID(name string) uint32
	// RelationName gives schema and name of an OID; ok is false if absent.
	RelationName(oid uint32) (schema, name string, ok bool)
	// Definition gives the canonical SQL of an object for pg_get_viewdef and friends; "" if none.
	Definition(oid uint32) string
	// Description gives a comment; column 0 is the object itself; "" if none.
	Description(oid uint32, column int32) string
	// Columns gives the visible columns of a relation, for pg_get_indexdef and pg_get_constraintdef.
	Columns(oid uint32) types.Schema
	// SetConfig performs set_config(name, value, local) and returns the new value.
	SetConfig(name, value string, local bool) (string, error)
}

// Errors collects failures by physical row. The row's result slot is NULL.
// A caller decides what a failed row means: statement error, dead letter, NULL.
type Errors struct {
	Rows []int32
	Errs []error
}

// Add records the failure of a row.
func (e *Errors) Add(row int, err error) {
	e.Rows = append(e.Rows, int32(row))
	e.Errs = append(e.Errs, err)
}

// Call is one evaluation of a scalar function over rows. Args are aligned with
// the batch (N slots). The kernel computes the rows of Sel (nil: all N).
type Call struct {
	Env  *Env
	Site uint32 // call site, for volatile functions
	N    int
	Sel  []int32
	Args []*vec.Vec
	Ret  types.Type
	Errs *Errors
	// RowID names a row independently of how rows were cut into batches (its
	// source partition and offset where known), for volatile functions; nil: the
	// row's position.
	RowID func(row int) uint64
	// Lambdas holds, for a lambda argument at position i, a function that
	// evaluates the body over n rows of parameter columns (captured columns are
	// gathered by parent, which maps each of the n rows to its row in the batch).
	Lambdas []func(params []*vec.Vec, parent []int32, n int) vec.Vec
}

// Kernel evaluates a scalar function. The result has N slots; slots outside Sel
// are unspecified. It never panics on user data: failures go to c.Errs.
type Kernel func(c *Call) vec.Vec

// RowFunc is the slow form of a kernel: one row of boxed, for Strict functions
// non-NULL, arguments.
type RowFunc func(env *Env, args []types.Value) (types.Value, error)

// Scalar is one overload of a scalar function.
type Scalar struct {
	Name     string // lower case
	Params   []Param
	Variadic bool // the last parameter repeats (zero or more times)
	// Ret computes the result type from the actual argument types (after
	// unification of type variables); nil: RetType is the type.
	Ret      func(args []types.Type) (types.Type, error)
	RetType  types.Type
	Strict   bool // any NULL argument gives NULL without a call
	Vol      Volatility
	Kernel   Kernel
	Dialect  Dialect
	Doc      string // one sentence, for DESCRIBE FUNCTION
	Category string
	// Catalog marks functions of pg_catalog that SHOW FUNCTIONS leaves out.
	Catalog bool
}

// Dialect says in which meaning a function exists.
type Dialect uint8

// The dialects.
const (
	Both Dialect = iota
	LeatOnly
	KsqlOnly
)

// Param is a parameter's type pattern.
type Param struct {
	Name string
	Type types.Type // used when Any is ""
	// Any is a type variable: all parameters with the same letter have one
	// type. "T" any type, "A" any ARRAY whose element is E ("E" refers to it),
	// "N" any numeric type, "M" any MAP (of "K" to "V"), "B" another ARRAY (of
	// "F"), "S" any STRUCT. "any" matches each argument alone.
	Any string
	// Lambda is the number of lambda parameters when this parameter is a lambda, else 0.
	Lambda int
}

// TableFunc is one overload of a set-returning function. Rows gives, for one
// row of boxed arguments, the result rows (one value a column of Cols).
type TableFunc struct {
	Name   string
	Params []Param
	Strict bool
	Cols   func(args []types.Type) (types.Schema, error)
	Rows   func(env *Env, args []types.Value) ([]types.Row, error)
	Doc    string
	Dialect
	Catalog bool
}
