package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/leatdb/leat/sql/sqlerr"
)

// problem is an error as clients see it.
type problem struct {
	Code     string `json:"code"`
	Message  string `json:"message"`
	Detail   string `json:"detail,omitempty"`
	Hint     string `json:"hint,omitempty"`
	Where    string `json:"where,omitempty"`
	Position int    `json:"position,omitempty"` // characters from 1
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
}

// problemOf describes err; text is the statement its position counts in.
func problemOf(err error, text string) problem {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		err = sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to user request")
	}
	e := sqlerr.From(err)
	p := problem{Code: e.Code, Message: e.Message, Detail: e.Detail, Hint: e.Hint}
	var located interface{ Where() string }
	if errors.As(err, &located) {
		p.Where = located.Where()
	}
	if e.Pos <= 0 || e.Pos-1 > len(text) || text == "" {
		return p
	}
	before := text[:e.Pos-1]
	p.Position = utf8.RuneCountInString(before) + 1
	p.Line = strings.Count(before, "\n") + 1
	p.Column = utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return p
}

// statusOf is the HTTP status of a SQLSTATE.
func statusOf(code string) int {
	switch code {
	case sqlerr.UndefinedTable, sqlerr.UndefinedObject, sqlerr.UndefinedDatabase:
		return http.StatusNotFound
	case sqlerr.UniqueViolation, sqlerr.SerializationFailure, sqlerr.DuplicateTable, sqlerr.DuplicateObject:
		return http.StatusConflict
	case sqlerr.InvalidAuthorization, sqlerr.InvalidPassword:
		return http.StatusUnauthorized
	case sqlerr.InsufficientPrivilege:
		return http.StatusForbidden
	case sqlerr.FeatureNotSupported:
		return http.StatusNotImplemented
	case sqlerr.ProgramLimitExceeded:
		return http.StatusRequestEntityTooLarge
	case sqlerr.DiskFull:
		return http.StatusInsufficientStorage
	case sqlerr.QueryCanceled:
		return http.StatusRequestTimeout
	case sqlerr.InternalError:
		return http.StatusInternalServerError
	}
	switch code[:2] {
	case "53":
		return http.StatusTooManyRequests
	case "57", "08":
		return http.StatusServiceUnavailable
	case "58", "XX":
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// fail answers with an error.
func fail(w http.ResponseWriter, err error, text string) {
	p := problemOf(err, text)
	answer(w, statusOf(p.Code), map[string]problem{"error": p})
}

// answer writes a value as JSON. A client that is gone is nobody's concern.
func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(encoded(v), '\n'))
}

func encoded(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("BUG: an answer that JSON cannot hold: " + err.Error())
	}
	return b
}
