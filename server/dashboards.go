package server

import (
	"context"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/sqlerr"
)

// dashboardPrefix begins the names of the settings that hold dashboards, which
// are JSON of the console's.
const dashboardPrefix = "leat.dashboard."

// hiddenSetting tells whether a setting of the catalog is none of a session's.
func hiddenSetting(name string) bool {
	return strings.HasPrefix(name, webhookSecret) || strings.HasPrefix(name, dashboardPrefix)
}

// Dashboards lists the names of the saved dashboards in order.
func (s *Server) Dashboards() []string {
	out := []string{}
	for _, p := range s.catalog.Current().Settings() {
		if name, ok := strings.CutPrefix(p.Name, dashboardPrefix); ok {
			out = append(out, name)
		}
	}
	return out
}

// Dashboard reads a saved dashboard.
func (s *Server) Dashboard(name string) (text string, ok bool) {
	return s.catalog.Current().Setting(dashboardPrefix + name)
}

// SaveDashboard keeps a dashboard in the catalog; text "" deletes it.
func (s *Server) SaveDashboard(ctx context.Context, name, text string) error {
	if name == "" || len(name) > 100 || strings.ToLower(name) != name {
		return sqlerr.New(sqlerr.InvalidName, "invalid name of a dashboard: %q", name).
			WithHint("A name has 1 to 100 bytes and no upper case.")
	}
	_, err := s.propose(ctx, &catalog.SetSetting{Name: dashboardPrefix + name, Value: text, Reset: text == ""})
	return err
}
