package catalog

import (
	"fmt"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// invalidTable is SQLSTATE invalid_table_definition.
const invalidTable = "42P16"

// ksqlMeaning is the Meaning of objects made in compatibility mode.
const ksqlMeaning = "ksqldb"

func isKsql(meaning string) bool { return meaning == ksqlMeaning }

// kindWord is what the statement calls the relation.
func kindWord(r *Relation) string {
	if r.Kind == Table && r.Derived && !isKsql(r.Meaning) {
		return "materialized view"
	}
	return r.Kind.String()
}

func errExists(meaning string, kind RelationKind, existing *Relation) *sqlerr.Error {
	if isKsql(meaning) {
		return sqlerr.New(sqlerr.DuplicateTable, "Cannot add %s '%s': A %s with the same name already exists",
			kind, existing.Name, existing.Kind)
	}
	if existing.State == Dropping {
		return sqlerr.New(sqlerr.ObjectInUse, "relation \"%s\" is being dropped", existing.Name)
	}
	return sqlerr.New(sqlerr.DuplicateTable, "relation \"%s\" already exists", existing.Name)
}

// errMissing is 42P01 in the words of the statement; kind "" is "relation".
func errMissing(meaning, kind, name string) *sqlerr.Error {
	if isKsql(meaning) {
		if kind == "" {
			return sqlerr.New(sqlerr.UndefinedTable, "Source %s does not exist.", name)
		}
		return sqlerr.New(sqlerr.UndefinedTable, "%s %s does not exist.", capital(kind), name)
	}
	if kind == "" {
		kind = "relation"
	}
	return sqlerr.New(sqlerr.UndefinedTable, "%s \"%s\" does not exist", kind, name)
}

func capital(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// errWrongKind is 42809: the statement says want and r is something else.
func errWrongKind(meaning, verb string, want RelationKind, r *Relation) *sqlerr.Error {
	if isKsql(meaning) {
		return sqlerr.New(sqlerr.WrongObjectType, "Incompatible data source type is %s, but statement was %s %s",
			strings.ToUpper(r.Kind.String()), verb, strings.ToUpper(want.String()))
	}
	e := sqlerr.New(sqlerr.WrongObjectType, "\"%s\" is not a %s", r.Name, want)
	if verb == "DROP" {
		e.WithHint("Use DROP %s to remove a %s.", strings.ToUpper(kindWord(r)), kindWord(r))
	}
	return e
}

// ksqlColumns lists columns as ksqlDB prints them: `A` STRING KEY.
func ksqlColumns(s types.Schema) string {
	parts := make([]string, len(s))
	for i, c := range s {
		parts[i] = fmt.Sprintf("`%s` %s", c.Name, c.Type.KsqlString())
		if c.Key {
			parts[i] += " KEY"
		}
	}
	return strings.Join(parts, ", ")
}
