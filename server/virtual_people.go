package server

import (
	"slices"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/types"
)

// pgPeople are the pg_catalog tables about the server and who uses it.
var pgPeople = map[string]func(v virtual) []record{
	"pg_catalog.pg_database":            pgDatabase,
	"pg_catalog.pg_settings":            pgSettings,
	"pg_catalog.pg_stat_activity":       pgStatActivity,
	"pg_catalog.pg_stat_database":       pgStatDatabase,
	"pg_catalog.pg_tablespace":          pgTablespace,
	"pg_catalog.pg_prepared_statements": pgPrepared,
	"pg_catalog.pg_cursors":             pgCursors,
}

func pgDatabase(v virtual) []record {
	out := []record{{"oid": int64(oidDatabase), "datname": defaultDatabase, "datdba": v.roleBook().oid(v.all.Owner(catalog.Database)), "datacl": v.aclOf(catalog.Database)}}
	if v.ss.database != defaultDatabase {
		out = append(out, record{"oid": int64(oidDatabase + 1), "datname": v.ss.database})
	}
	return out
}

func pgSettings(v virtual) []record {
	var out []record
	for i := range knownSettings {
		k := &knownSettings[i]
		lower := strings.ToLower(k.name)
		first, _ := v.ss.settings.initial(lower)
		rec := record{
			"name": k.name, "setting": v.ss.settings.get(lower), "short_desc": k.doc,
			"vartype": varType(k.kind), "boot_val": k.value, "reset_val": first,
		}
		if k.unit != "" {
			rec["unit"] = k.unit
		}
		if k.kind == readOnlySetting {
			rec["context"] = "internal"
		}
		if len(k.words) > 0 {
			rec["enumvals"] = values(k.words)
		}
		if _, changed := v.ss.settings.values[lower]; changed {
			rec["source"] = "session"
		}
		out = append(out, rec)
	}
	return out
}

func varType(k settingKind) string {
	switch k {
	case boolSetting:
		return "bool"
	case intSetting, durationSetting:
		return "integer"
	case enumSetting:
		return "enum"
	}
	return "string"
}

// sessionState is what others see of a session.
type sessionState struct {
	ss    *Session
	query string
	start int64
	state string
	app   string
}

// sessions lists the sessions by process id.
func (s *Server) sessions() []sessionState {
	s.mu.Lock()
	list := make([]*Session, 0, len(s.mu.sessions))
	for _, ss := range s.mu.sessions {
		list = append(list, ss)
	}
	s.mu.Unlock()
	slices.SortFunc(list, func(a, b *Session) int { return int(a.pid) - int(b.pid) })
	out := make([]sessionState, len(list))
	for i, ss := range list {
		ss.mu.Lock()
		state := "idle"
		switch {
		case ss.mu.busy:
			state = "active"
		case ss.mu.status == 'T':
			state = "idle in transaction"
		case ss.mu.status == 'E':
			state = "idle in transaction (aborted)"
		}
		out[i] = sessionState{ss, ss.mu.query, ss.mu.queryStart.UnixMicro(), state, ss.mu.app}
		if ss.mu.query == "" {
			out[i].start = ss.started.UnixMicro()
		}
		ss.mu.Unlock()
	}
	return out
}

// mayMonitor tells whether the statement's role may see what a user does.
func (v virtual) mayMonitor(user string) bool {
	_, role := v.all.Role(user)
	return role && v.all.HasRole(v.as, user) || v.all.May(v.as, catalog.Database, catalog.PrivMonitor)
}

func pgStatActivity(v virtual) []record {
	var out []record
	b := v.roleBook()
	for _, s := range v.ss.srv.sessions() {
		if !v.mayMonitor(s.ss.user) {
			out = append(out, record{
				"datid": int64(oidDatabase), "datname": s.ss.database, "pid": int64(s.ss.pid), "usesysid": b.oid(s.ss.user),
				"usename": s.ss.user, "query": catalog.HiddenText,
			})
			continue
		}
		rec := record{
			"datid": int64(oidDatabase), "datname": s.ss.database, "pid": int64(s.ss.pid), "usesysid": b.oid(s.ss.user),
			"usename": s.ss.user, "application_name": s.app, "backend_start": s.ss.started.UnixMicro(), "state": s.state,
			"query": s.query, "query_start": s.start, "state_change": s.start, "backend_type": "client backend",
		}
		if host, _, ok := strings.Cut(s.ss.remote, ":"); ok {
			rec["client_addr"] = host
		}
		out = append(out, rec)
	}
	return out
}

func pgStatDatabase(v virtual) []record {
	return []record{{"datid": int64(oidDatabase), "datname": defaultDatabase, "numbackends": int64(len(v.ss.srv.sessions()))}}
}

func pgTablespace(virtual) []record {
	return []record{{"oid": int64(1663), "spcname": "pg_default"}}
}

func pgPrepared(v virtual) []record {
	var out []record
	for name, st := range v.ss.prepared {
		kinds := make([]types.Value, len(st.params))
		for i, t := range st.params {
			kinds[i] = int64(t.OID())
		}
		out = append(out, record{"name": name, "statement": public(st.text), "parameter_types": kinds, "from_sql": true})
	}
	return byName(out, "name")
}

func pgCursors(v virtual) []record {
	var out []record
	for name, c := range v.ss.cursors {
		out = append(out, record{"name": name, "statement": public(c.text), "is_holdable": c.hold, "is_binary": c.binary, "is_scrollable": false, "creation_time": c.created})
	}
	return byName(out, "name")
}
