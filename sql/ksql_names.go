package sql

// ksqlPlain are the reserved words that are none in ksqlDB: there USER or OFFSET
// name columns. What only PostgreSQL's clients write without quotes where a name
// could stand (CURRENT_DATE, DEFAULT, LATERAL, ONLY) is not among them.
var ksqlPlain = wordSet(`ANY ASC COLLATE CROSS DESC EXCEPT FETCH FOR GRANT ILIKE INTERSECT NATURAL
OFFSET ORDER RETURNING SIMILAR SOME TO UNION USER USING`)

// beforeOperand are the words and symbols behind which an operand stands,
// beforeSource those behind which a relation's name does.
var (
	beforeOperand = wordSet(`( , SELECT BY WHERE AND OR NOT ON HAVING = <> != < <= > >= + - * / % || WHEN THEN ELSE BETWEEN -> .`)
	beforeSource  = wordSet(`FROM JOIN STREAM TABLE INTO EXISTS`)
)

// ParseKsql is Parse in ksqlDB's meaning, in which fewer words are reserved.
func ParseKsql(text string) ([]Statement, error) {
	return parseTokens(text, DefaultLimits, ksqlNames, (*cursor).script)
}

// ksqlNames makes quoted names of the words that ksqlDB does not reserve, where
// a name may stand.
func ksqlNames(toks []token) {
	for i := 1; i < len(toks)-1; i++ {
		t, before, next := &toks[i], toks[i-1].up, toks[i+1].up
		if t.kind != tokIdent || !ksqlPlain[t.up] || t.up == "ORDER" && next == "BY" {
			continue
		}
		if beforeSource[before] || beforeOperand[before] && next != "(" {
			*t = token{kind: tokQuoted, val: t.up, pos: t.pos, end: t.end}
		}
	}
}
