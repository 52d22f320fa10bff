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
func (s *Site) listDashboards(w http.ResponseWriter, r *http.Request) {
	ss, _, err := s.open(r, nil)
	if err != nil {
		fail(w, err, "")
		return
	}
	defer ss.Close()
	answer(w, http.StatusOK, map[string]any{"dashboards": ss.Dashboards()})
}

// getDashboard is GET /v1/dashboards/{name}.
func (s *Site) getDashboard(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	ss, _, err := s.open(r, nil)
	if err != nil {
		fail(w, err, "")
		return
	}
	defer ss.Close()
	text, ok := ss.Dashboard(name)
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
		err = s.saveDashboard(r, r.PathValue("name"), string(types.CompactJSON(b)))
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
	if err := s.saveDashboard(r, name, ""); err != nil {
		fail(w, err, "")
		return
	}
	answer(w, http.StatusOK, map[string]string{"name": name})
}

// saveDashboard saves a dashboard as who asks; text "" deletes one that is there.
func (s *Site) saveDashboard(r *http.Request, name, text string) error {
	ss, _, err := s.open(r, nil)
	if err != nil {
		return err
	}
	defer ss.Close()
	if _, ok := ss.Dashboard(name); !ok && text == "" {
		return sqlerr.New(sqlerr.UndefinedObject, "dashboard %q does not exist", name)
	}
	return ss.SaveDashboard(r.Context(), name, text)
}
