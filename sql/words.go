package sql

import "strings"

// reserved words cannot be a name without quotes. They are the ones the grammar
// needs to find clause and operator boundaries; everything else is contextual.
var reserved = wordSet(`ALL AND ANY AS ASC BOTH CASE CAST COLLATE CREATE CROSS
CURRENT_CATALOG CURRENT_DATE CURRENT_ROLE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER
DEFAULT DESC DISTINCT ELSE END EXCEPT FALSE FETCH FOR FROM FULL GRANT GROUP HAVING ILIKE IN
INNER INTERSECT INTO IS JOIN LATERAL LEADING LEFT LIKE LIMIT LOCALTIME LOCALTIMESTAMP
NATURAL NOT NULL OFFSET ON ONLY OR ORDER RETURNING RIGHT SELECT SESSION_USER SIMILAR SOME
TABLE THEN TO TRAILING TRUE UNION USER USING WHEN WHERE WITH
BETWEEN EXISTS VALUES`)

// typeFuncWords are reserved as columns but may name a function: left(x, 1).
var typeFuncWords = wordSet(`LEFT RIGHT LIKE FULL CROSS INNER NATURAL SIMILAR ILIKE IS JOIN`)

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// QuoteIdent writes a folded name so that it reads back as itself: bare when
// it is a plain identifier in the folding of the mode, quoted otherwise.
func QuoteIdent(s string, upper bool) string {
	n := Name{Text: s}
	if plainIdent(s) && n.Fold(upper) == s {
		return s
	}
	return quoteIdent(s)
}

// Ident writes the name as text of the mode: QuoteIdent of its folded form.
func (n Name) Ident(upper bool) string { return QuoteIdent(n.Fold(upper), upper) }

// String is the name as written, quoted when it was or has to be.
func (n Name) String() string {
	if n.Quoted || !plainIdent(n.Text) {
		return quoteIdent(n.Text)
	}
	return n.Text
}

func printQName(q QName) string { return Print(q) }

func quoteIdent(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// plainIdent tells whether s lexes as one unreserved identifier.
func plainIdent(s string) bool { return plainWord(s) && !isDigit(s[0]) && !reserved[upperWord(s)] }

func digitsOnly(s string) bool { return strings.Trim(s, "0123456789") == "" }

// plainWord tells whether s lexes as one word, which may start with a digit.
func plainWord(s string) bool {
	if s == "" || !isWordByte(s[0]) || digitsOnly(s) || strings.Contains(s, "\u00a0") {
		return false
	}
	for i := 1; i < len(s); i++ {
		if !isIdentPart(s[i]) || s[i] == '@' && (i+1 == len(s) || !isWordByte(s[i+1])) {
			return false
		}
	}
	return true
}

func isIdentStart(c byte) bool {
	return c == '_' || c >= 0x80 || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isIdentPart(c byte) bool { return isWordByte(c) || c == '$' || c == '@' }
