package server

import (
	"strconv"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
)

// facts puts what this server was started with among a session's settings, where
// it differs from the defaults that knownSettings shows.
func (s *Server) facts(base map[string]string) {
	put := func(name, value string) {
		if defaults[name] != value {
			base[name] = value
		}
	}
	onOff := map[bool]string{true: "on", false: "off"}
	put("max_connections", strconv.Itoa(s.cfg.MaxConnections))
	put("superuser_reserved_connections", strconv.Itoa(s.cfg.ReservedConnections))
	put("max_decoded", strconv.FormatInt(s.cfg.MaxDecoded, 10))
	put("max_state", strconv.FormatInt(s.cfg.MaxState, 10))
	put("max_uncommitted", strconv.FormatInt(s.cfg.MaxUncommitted, 10))
	put("ssl", onOff[s.cfg.Access.Certificates != nil])
	put("require_tls", onOff[s.cfg.Access.RequireTLS])
	put("audit", s.cfg.Access.Audit)
}

// Limits that are the same in every server, as SHOW prints them.
var (
	maxStatementBytes = strconv.Itoa(sql.DefaultLimits.Text)
	maxInList         = strconv.Itoa(planner.MaxInList)
	maxStatementDepth = strconv.Itoa(sql.DefaultLimits.Nesting)
	maxMessageBytes   = strconv.Itoa(pgwire.DefaultConfig().MaxMessageBytes)
	maxPrepared       = strconv.Itoa(pgwire.DefaultConfig().MaxPrepared)
	startupTimeout    = strconv.FormatInt(pgwire.DefaultConfig().StartupTimeout.Milliseconds(), 10)
)
