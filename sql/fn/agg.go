package fn

import (
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// AggSlots is the state of one aggregate in one group: words live in the
// group's row, blobs in the state's arena. Lent for the call.
type AggSlots struct {
	Words []int64
	Blobs Blobs
	Base  int // index of this aggregate's first blob in Blobs
}

// Blobs gives access to the variable-length parts of a group's row. The slice
// from Blob is lent until the next SetBlob; SetBlob copies.
type Blobs interface {
	Blob(i int) []byte
	SetBlob(i int, b []byte)
}

// Owner is Blobs whose memory is the caller's alone: what Blob lends may be changed
// and made longer, and Put makes that blob i. What grows by a little with every row
// is then not copied with every row.
type Owner interface {
	Blobs
	Put(i int, b []byte)
}

// Agg is one overload of an aggregate function.
type Agg struct {
	Name     string
	Params   []Param
	Variadic bool
	// InitArgs is the number of trailing arguments that must be literals (TOPK's k).
	InitArgs int
	// Ordered: the first argument is the sort key of WITHIN GROUP, and behind the
	// literal arguments New is told whether it is descending.
	Ordered bool
	Ret     func(args []types.Type) (types.Type, error)
	RetType types.Type
	// New makes the kernel for the types of the arguments that reach Add, and the
	// literal trailing arguments, which do not. A kernel is for one goroutine.
	New func(args []types.Type, init []types.Value) (AggKernel, error)
	// NewUndo, when not nil, makes the kernel to use over a table: one whose Undo
	// works at the price of a larger state (MIN and MAX). nil: New's kernel does.
	NewUndo func(args []types.Type, init []types.Value) (AggKernel, error)
	Undo    bool // Undo is supported (usable over tables)
	Dialect Dialect
	Doc     string
}

// AggKernel folds rows into slots. All methods are deterministic.
type AggKernel interface {
	// Layout is the number of words and blobs of a group's state.
	Layout() (words, blobs int)
	// Init writes the empty state.
	Init(s AggSlots)
	// Add folds row of args in. An error (overflow) is the row's error; the state is unchanged.
	Add(env *Env, s AggSlots, args []*vec.Vec, row int) error
	// Undo removes a row added before.
	Undo(env *Env, s AggSlots, args []*vec.Vec, row int) error
	// Merge folds src into dst (sessions; src is older when both orders are possible).
	Merge(env *Env, dst, src AggSlots) error
	// Result appends the value to out, whose type is the aggregate's result type.
	Result(s AggSlots, out *vec.Builder)
}

// NeverFails tells whether a kernel's Add has no error to give, so that a row of
// several aggregates need not be undone. The empty state of such a kernel is zero
// words and no blobs.
func NeverFails(k AggKernel) bool {
	switch k.(type) {
	case countKernel, *offsetKernel, sumWrap, sum128:
		return true
	}
	return false
}

// Echoes tells whether the result of a kernel that has just taken row of args is
// args[0] at row, which saves reading it back.
func Echoes(k AggKernel, args []*vec.Vec, row int) bool {
	o, ok := k.(*offsetKernel)
	return ok && o.latest && !o.list && (o.keepNulls || !args[0].Null(row))
}

// EchoesAll tells whether Echoes holds for all rows of args.
func EchoesAll(k AggKernel, args []*vec.Vec) bool {
	o, ok := k.(*offsetKernel)
	return ok && o.latest && !o.list && (o.keepNulls || args[0].NullCount() == 0)
}

// AddColumn adds the rows of args one by one, row j to the group whose words are
// groups[j], the kernel's from word on. False: it did nothing, for the kernel has
// no such way.
func AddColumn(k AggKernel, groups [][]int64, word int, args []*vec.Vec, rows []int32) bool {
	o, ok := k.(*offsetKernel)
	if !ok || !o.latest || !o.word || args[0].NullCount() > 0 {
		return false
	}
	values := args[0].I64
	for j, r := range rows {
		g := groups[j][word : word+2 : word+2]
		g[0], g[1] = 1, values[r]
	}
	return true
}
