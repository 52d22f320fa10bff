// Package sql turns SQL text into a syntax tree and back: PostgreSQL's language with
// ksqlDB's streaming statements. The TiDB parser is the grammar of every query and
// expression; nothing of it leaves the package.
//
//	parse.go          Parse and its relatives, errors, scripts
//	limits.go         what a text may cost; CheckEnvironment
//	lex.go lex_string.go words.go    tokens, literals, reserved words, quoting of names
//	ksql_names.go     ParseKsql: words that ksqlDB does not reserve
//	token.go hint.go  cursor over the tokens, error helpers, did-you-mean
//	ast.go ast_*.go   the tree: queries, expressions, statements
//	type_name.go      type names
//	stmt.go stmt_*.go recursive descent for statements, a file per family
//	lower.go lower_select.go lower_from.go lower_window.go   queries -> text for TiDB
//	lower_expr.go lower_operand.go lower_call.go lower_special.go   expressions -> text
//	lower_parts.go    expressions and parts of queries inside other statements
//	literal_rows.go       an INSERT of literals, taken apart without parsing
//	tidb.go convert.go    the TiDB parser (only here) and its tree -> ours
//	regroup.go        what TiDB leaves undone of the structure
//	print.go print_*.go   tree -> canonical text
//	walk.go           visiting every node
//	split.go substitute.go   scripts and shells: splitting, ${variables}
//
// How a query is read. The lowering is a recursive descent without precedence. It writes a
// MySQL text in which each name, literal and parameter is an atom: a quoted number that
// indexes finished leaves. A construct that MySQL does not have is a call of an atom that
// builds its node from the arguments. An infix operator is an atom between two carriers,
// MySQL operators of the level that the operator has in PostgreSQL:
//
//	a->b || f(x => 1) = c::int    becomes    `1`(`0`) & `2` & `3`(`4`(`5`)) = `6` = `8`(`7`)
//
// TiDB decides the nesting of joins, set operations and subqueries and the grouping of
// operators; the converter puts the leaves back. Lowered shows the text of any statement.
//
// Invariants:
//
//	P1  No text of the user reaches TiDB: only keywords, punctuation and numbers do.
//	P2  A piece of lowered text is a line, so that the line of a TiDB error is a place.
//	P3  A TiDB tree is converted before its parser goes back to the pool.
//	P4  Every error is a *sqlerr.Error; its place is inside the text.
//	P5  Print gives text that parses to the same tree.
//	P6  What PostgreSQL does not associate (a < b < c) is refused, never guessed. So are
//	    predicates as operands of tighter operators without parentheses (a IS NULL + 1),
//	    which PostgreSQL takes.
//	P7  Nothing recurses deeper than Limits allow.
//
// The package knows no catalog and no types: names are not folded, x => e is a lambda
// even where the binder takes it for a named argument, a -> b with a name is struct access,
// and ${variables} are replaced before Parse.
package sql
