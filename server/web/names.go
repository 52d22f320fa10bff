package web

import (
	"net/http"

	"github.com/leatdb/leat/pgwire"
)

// namedRelation is what completion knows of a relation.
type namedRelation struct {
	Schema  string       `json:"schema,omitempty"` // "" for the user's own
	Name    string       `json:"name"`
	Kind    string       `json:"kind"`
	Columns []columnInfo `json:"columns"`
}

const (
	sqlColumns = `SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns
		WHERE table_schema IN ('public', 'leat') ORDER BY table_schema DESC, table_name, ordinal_position`
	sqlKinds     = `SELECT name, kind, derived FROM leat.streams`
	sqlFunctions = `SELECT DISTINCT name, kind FROM leat.functions ORDER BY name`
)

// names is GET /v1/catalog.
func (s *Site) names(w http.ResponseWriter, r *http.Request) {
	relations, functions, err := s.readNames(r)
	if err != nil {
		fail(w, err, "")
		return
	}
	answer(w, http.StatusOK, map[string]any{"relations": relations, "functions": functions})
}

func (s *Site) readNames(r *http.Request) (relations []*namedRelation, functions []string, err error) {
	kinds := map[string]string{}
	err = s.rows(r, sqlKinds, func(v []any) {
		kinds[v[0].(string)] = v[1].(string)
	})
	if err != nil {
		return nil, nil, err
	}
	relations = []*namedRelation{}
	err = s.rows(r, sqlColumns, func(v []any) {
		schema, name := v[0].(string), v[1].(string)
		if schema == "public" {
			schema = ""
		}
		last := len(relations) - 1
		if last < 0 || relations[last].Name != name || relations[last].Schema != schema {
			kind := kinds[name]
			if schema != "" {
				kind = "system"
			}
			relations = append(relations, &namedRelation{Schema: schema, Name: name, Kind: kind})
			last++
		}
		relations[last].Columns = append(relations[last].Columns, columnInfo{v[2].(string), v[3].(string)})
	})
	if err != nil {
		return nil, nil, err
	}
	err = s.rows(r, sqlFunctions, func(v []any) { functions = append(functions, v[0].(string)) })
	return relations, functions, err
}

// rows runs one query of ours and calls f with the values of each row.
func (s *Site) rows(r *http.Request, text string, f func(v []any)) error {
	ss, _, err := s.open(r, nil)
	if err != nil {
		return err
	}
	defer ss.Close()
	return ss.Simple(r.Context(), text, func(res *pgwire.Result) error {
		defer res.Rows.Close()
		return forRows(r.Context(), res.Rows, f)
	})
}
