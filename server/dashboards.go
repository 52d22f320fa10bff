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
func (ss *Session) Dashboards() []string {
	out := []string{}
	for _, p := range ss.srv.catalog.Current().Settings() {
		if name, ok := strings.CutPrefix(p.Name, dashboardPrefix); ok {
			out = append(out, name)
		}
	}
	return out
}

// Dashboard reads a saved dashboard: everybody does, what it shows is asked for
// with the rights of who looks.
func (ss *Session) Dashboard(name string) (text string, ok bool) {
	return ss.srv.catalog.Current().Setting(dashboardPrefix + name)
}

// SaveDashboard keeps a dashboard in the catalog; text "" deletes it. A new one
// takes CREATE on the schema and belongs to who saves it; an old one takes its
// owner.
func (ss *Session) SaveDashboard(ctx context.Context, name, text string) error {
	if name == "" || len(name) > 100 || strings.ToLower(name) != name {
		return sqlerr.New(sqlerr.InvalidName, "invalid name of a dashboard: %q", name).
			WithHint("A name has 1 to 100 bytes and no upper case.")
	}
	snap, as, setting := ss.srv.catalog.Current(), ss.role(), dashboardPrefix+name
	if err := ss.present(snap, as); err != nil {
		return err
	}
	if _, there := snap.Setting(setting); there {
		if !snap.HasRole(as, snap.Owner(catalog.SettingOf(setting))) {
			return ss.denied("PUT dashboard", mustOwn("dashboard "+name))
		}
	} else if !snap.May(as, catalog.Public, catalog.PrivCreate) {
		return ss.denied("PUT dashboard", snap.ErrDenied(catalog.Public))
	}
	_, err := ss.srv.propose(ctx, &catalog.SetSetting{Name: setting, Value: text, Reset: text == "", Owner: as})
	return err
}
