package web

import (
	"encoding/json"
	"net/http"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// maxDashboard bounds a saved dashboard in bytes.
const maxDashboard = 256 << 10

// listDashboards is GET /v1/dashboards.
func (s *Site) listDashboards(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"dashboards": s.db.Dashboards()})
}

// getDashboard is GET /v1/dashboards/{name}.
func (s *Site) getDashboard(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	text, ok := s.db.Dashboard(name)
	if !ok {
		fail(w, sqlerr.New(sqlerr.UndefinedObject, "dashboard %q does not exist", name), "")
		return
	}
	answer(w, http.StatusOK, json.RawMessage(text))
}

// putDashboard is PUT /v1/dashboards/{name}.
func (s *Site) putDashboard(w http.ResponseWriter, r *http.Request) {
	b, err := readBody(r)
	switch {
	case err != nil:
	case len(b) > maxDashboard:
		err = sqlerr.New(sqlerr.ProgramLimitExceeded, "dashboard is larger than %d bytes", maxDashboard)
	case !json.Valid(b):
		err = sqlerr.New(sqlerr.InvalidJSON, "dashboard is not valid JSON")
	default:
		err = s.db.SaveDashboard(r.Context(), r.PathValue("name"), string(types.CompactJSON(b)))
	}
	if err != nil {
		fail(w, err, "")
		return
	}
	answer(w, http.StatusOK, map[string]string{"name": r.PathValue("name")})
}

// deleteDashboard is DELETE /v1/dashboards/{name}.
func (s *Site) deleteDashboard(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if _, ok := s.db.Dashboard(name); !ok {
		fail(w, sqlerr.New(sqlerr.UndefinedObject, "dashboard %q does not exist", name), "")
		return
	}
	if err := s.db.SaveDashboard(r.Context(), name, ""); err != nil {
		fail(w, err, "")
		return
	}
	answer(w, http.StatusOK, map[string]string{"name": name})
}
