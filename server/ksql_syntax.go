package server

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// lineColumn turns a byte offset into line and column in characters, from 1.
func lineColumn(text string, off int) (line, column int) {
	head := text[:max(0, min(off, len(text)))]
	return strings.Count(head, "\n") + 1, utf8.RuneCountInString(head[strings.LastIndexByte(head, '\n')+1:]) + 1
}

// parse parses a text; in ksqlDB's meaning its mistakes are told in that
// program's words.
func (ss *Session) parse(text string) ([]sql.Statement, error) {
	if !ss.settings.ksql() {
		return sql.Parse(text)
	}
	stmts, err := sql.ParseKsql(text)
	if err == nil {
		return stmts, nil
	}
	e := *sqlerr.From(err)
	line, column := lineColumn(text, e.Pos-1)
	words := []string{fmt.Sprintf("line %d:%d: Syntax Error", line, column)}
	if strings.Contains(e.Hint, "length or precision") {
		words = append(words, "Expecting {'STRING', INTEGER_VALUE}")
	}
	token := ""
	if _, near, ok := strings.Cut(e.Message, "at or near "); ok {
		token = strings.Trim(near, "\"")
		words = append(words, fmt.Sprintf("Syntax error at or near '%s' at line %d:%d", token, line, column))
	} else {
		words = append(words, e.Message)
	}
	if token == ")" && strings.HasSuffix(strings.ToUpper(strings.Join(strings.Fields(text[:max(0, min(e.Pos-1, len(text)))]), " ")), "PARTITION BY (") {
		words = append(words, "PARTITION BY requires at least one expression")
	}
	e.Message = "Failed to prepare statement: " + strings.Join(words, "\n")
	return nil, &e
}

// toolStatement refuses what only ksqlDB's testing tool and shell know as its
// server does: as no statement.
func toolStatement(rq *request) error {
	line, column := lineColumn(rq.text, rq.ast.Position())
	switch rq.ast.(type) {
	case *sql.RunScript:
		return sqlerr.New(sqlerr.SyntaxError, "line %d:%d: Syntax Error\nUnknown statement 'RUN'\nDid you mean 'DROP'?", line, column).At(rq.ast.Position())
	case *sql.AssertValues, *sql.AssertSource:
		at := rq.ast.Position() + len("ASSERT")
		rest := strings.TrimLeft(rq.text[at:], " \t\r\n")
		at = len(rq.text) - len(rest)
		word := rest[:max(0, strings.IndexAny(rest+" ", " \t\r\n"))]
		line, column = lineColumn(rq.text, at)
		return sqlerr.New(sqlerr.SyntaxError, "line %d:%d: Syntax Error\nSyntax error at or near '%s' at line %d:%d", line, column, word, line, column).At(at)
	}
	return nil
}
