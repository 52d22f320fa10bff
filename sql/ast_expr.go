package sql

// Expr is a scalar expression. Parentheses leave no node.
type Expr interface {
	Node
	expr()
}

// Binary is an infix operator. Op is upper case for words ("AND", "OR"); "!="
// is given as "<>". Pos is the operator's. Schema is that of
// OPERATOR(schema.op), nil otherwise.
type Binary struct {
	Op     string
	Schema QName
	L, R   Expr
	Pos    int
}

// Unary is NOT, -, + or ~ (and other prefix operators by their text).
type Unary struct {
	Op  string
	X   Expr
	Pos int
}

// Call is a function call. SQL's special forms are plain calls: EXTRACT(f FROM
// x) is extract('f', x), SUBSTRING(x FROM a FOR b) is substring(x, a, b),
// POSITION(a IN b) is strpos(b, a), TRIM(LEADING c FROM x) is ltrim(x, c),
// OVERLAY(..) is overlay(x, y, from[, for]).
type Call struct {
	Name        QName
	Args        []Expr
	Star        bool // count(*)
	Distinct    bool
	NoParens    bool // current_date, current_user, ...
	Variadic    bool // the last argument is VARIADIC
	OrderBy     []OrderItem
	WithinGroup []OrderItem
	Filter      Expr
	Over        *Over
	Pos         int
}

// Over is a window of a window function: OVER name, or OVER (...).
type Over struct {
	Name        *Name // OVER w; in OVER (w ...) and WINDOW it is the base window
	Inline      bool  // parenthesised
	PartitionBy []Expr
	OrderBy     []OrderItem
	Frame       *Frame
	Pos         int
}

// NamedWindow is an entry of SQL's WINDOW clause.
type NamedWindow struct {
	Name Name
	Over Over
}

// Frame is a window frame. A frame without BETWEEN has End CURRENT ROW.
type Frame struct {
	Mode       string // "ROWS", "RANGE", "GROUPS"
	Start, End Bound
}

// Bound is a frame bound. N is set for "PRECEDING" and "FOLLOWING".
type Bound struct {
	Kind string // "UNBOUNDED PRECEDING", "PRECEDING", "CURRENT ROW", "FOLLOWING", "UNBOUNDED FOLLOWING"
	N    Expr
}

// Cast is CAST(x AS t) and x::t.
type Cast struct {
	X    Expr
	Type *TypeName
	Try  bool // TRY_CAST
	Pos  int
}

// Case is CASE [operand] WHEN .. THEN .. [ELSE ..] END.
type Case struct {
	Operand Expr
	Whens   []When
	Else    Expr
	Pos     int
}

// When is one branch of CASE.
type When struct{ Cond, Then Expr }

// In is x [NOT] IN (list).
type In struct {
	X    Expr
	Not  bool
	List []Expr
	Pos  int
}

// InQuery is x [NOT] IN (query).
type InQuery struct {
	X     Expr
	Not   bool
	Query *Query
	Pos   int
}

// Between is x [NOT] BETWEEN [SYMMETRIC] lo AND hi.
type Between struct {
	X         Expr
	Not       bool
	Symmetric bool
	Lo, Hi    Expr
	Pos       int
}

// Like is x [NOT] LIKE pattern [ESCAPE e]. Op is "LIKE", "ILIKE" or "SIMILAR TO".
type Like struct {
	Op      string
	Not     bool
	X       Expr
	Pattern Expr
	Escape  Expr
	Pos     int
}

// IsNull is x IS [NOT] NULL, also ISNULL and NOTNULL.
type IsNull struct {
	X   Expr
	Not bool
	Pos int
}

// IsBool is x IS [NOT] TRUE, FALSE or UNKNOWN (Value, upper case).
type IsBool struct {
	X     Expr
	Not   bool
	Value string
	Pos   int
}

// IsDistinct is l IS [NOT] DISTINCT FROM r.
type IsDistinct struct {
	L, R Expr
	Not  bool
	Pos  int
}

// Exists is EXISTS (query). NOT EXISTS is Unary NOT over it.
type Exists struct {
	Query *Query
	Pos   int
}

// ScalarSubquery is (query) as a value.
type ScalarSubquery struct {
	Query *Query
	Pos   int
}

// ArraySubquery is ARRAY(query).
type ArraySubquery struct {
	Query *Query
	Pos   int
}

// ArrayCtor is ARRAY[..]; inner brackets of a nested array are ArrayCtor too.
type ArrayCtor struct {
	Items []Expr
	Pos   int
}

// MapCtor is MAP(k := v, ...).
type MapCtor struct {
	Entries []MapEntry
	Pos     int
}

// MapEntry is one pair of MapCtor.
type MapEntry struct{ Key, Value Expr }

// Lists gives the keys and the values apart.
func (m *MapCtor) Lists() (keys, values []Expr) {
	for _, e := range m.Entries {
		keys, values = append(keys, e.Key), append(values, e.Value)
	}
	return keys, values
}

// StructCtor is STRUCT(name := v, ...).
type StructCtor struct {
	Fields []StructField
	Pos    int
}

// StructField is one field of StructCtor.
type StructField struct {
	Name  Name
	Value Expr
}

// StructAccess is x->field. Pos is the arrow's.
type StructAccess struct {
	X     Expr
	Field Name
	Pos   int
}

// FieldSelect is (x).field.
type FieldSelect struct {
	X     Expr
	Field Name
	Pos   int
}

// Subscript is x[i].
type Subscript struct {
	X, Index Expr
	Pos      int
}

// Slice is x[lo:hi]; either bound may be nil.
type Slice struct {
	X, Lo, Hi Expr
	Pos       int
}

// Row is (a, b) or ROW(..). Explicit is ROW written out; an implicit row has at
// least two items.
type Row struct {
	Items    []Expr
	Explicit bool
	Pos      int
}

// Lambda is x => e or (x, y) => e, only as an argument of a call. The binder
// decides whether a one-parameter lambda is a named argument.
type Lambda struct {
	Params []Name
	Body   Expr
	Pos    int
}

// AnyAll is l op ANY(..) or ALL(..) (SOME is ANY). Either Array or Query is set. Op is
// an operator's text, or "LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE".
type AnyAll struct {
	L      Expr
	Op     string
	Schema QName
	All    bool
	Array  Expr
	Query  *Query
	Pos    int
}

// Param is $n.
type Param struct {
	N   int
	Pos int
}

// String is a string literal, unescaped.
type String struct {
	Value string
	Pos   int
}

// Number is an unsigned numeric literal as written. A minus is Unary.
type Number struct {
	Text string
	Pos  int
}

// Bool is TRUE or FALSE.
type Bool struct {
	Value bool
	Pos   int
}

// Null is NULL.
type Null struct{ Pos int }

// Default is DEFAULT as a value of INSERT and UPDATE.
type Default struct{ Pos int }

// TypedLiteral is DATE '...', INTERVAL '...' [fields]. Fields is the upper-case
// interval qualifier ("HOUR TO MINUTE"), otherwise "".
type TypedLiteral struct {
	Type   *TypeName
	Value  string
	Fields string
	Pos    int
}

// AtTimeZone is x AT TIME ZONE zone.
type AtTimeZone struct {
	X, Zone Expr
	Pos     int
}

// Collate is x COLLATE name.
type Collate struct {
	X    Expr
	Name QName
	Pos  int
}

// ColumnRef is a column, possibly qualified: a, t.a, s.t.a.
type ColumnRef struct {
	Parts []Name
	Pos   int
}

// Star is * or t.*; an item of SELECT or RETURNING.
type Star struct {
	Qualifier QName // nil: *
	Pos       int
}

// StarOf is x->* (Arrow) or (x).*; an item of SELECT.
type StarOf struct {
	X     Expr
	Arrow bool
	Pos   int
}

// TypeName is a type as written. Exactly one of these shapes: Elem (ARRAY<T>, T[],
// T ARRAY), Key and Elem (MAP<K, V>), Struct (STRUCT<..>), or Name. Several
// words are one part: "double precision", "timestamp with time zone",
// "timestamp without time zone", "time with time zone", "character varying", "bit varying".
type TypeName struct {
	Name   QName
	Args   []int // varchar(n), numeric(p, s), timestamp(p)
	Elem   *TypeName
	Key    *TypeName // MAP only
	Struct bool
	Fields []FieldDef
	Setof  bool
	// IntervalFields is the qualifier of INTERVAL YEAR TO MONTH, upper case.
	IntervalFields string
	Pos            int
}

// FieldDef is a field of a STRUCT type.
type FieldDef struct {
	Name Name
	Type *TypeName
}

// Position is the byte offset of the type's first word.
func (t *TypeName) Position() int { return t.Pos }
