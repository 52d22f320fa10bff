package server

import (
	"strconv"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql"
)

// facts puts what this server was started with among a session's settings, where
// it differs from the defaults that knownSettings shows.
func (s *Server) facts(base map[string]string) {
	base["max_connections"] = strconv.Itoa(s.cfg.MaxConnections)
	base["superuser_reserved_connections"] = strconv.Itoa(s.cfg.ReservedConnections)
	if s.cfg.Access.Certificates != nil {
		base["ssl"] = "on"
	}
	if s.cfg.Access.RequireTLS {
		base["require_tls"] = "on"
	}
	base["audit"] = s.cfg.Access.Audit
}

// Limits that are the same in every server, as SHOW prints them.
var (
	maxStatementBytes = strconv.Itoa(sql.DefaultLimits.Text)
	maxStatementDepth = strconv.Itoa(sql.DefaultLimits.Nesting)
	maxMessageBytes   = strconv.Itoa(pgwire.DefaultConfig().MaxMessageBytes)
	maxPrepared       = strconv.Itoa(pgwire.DefaultConfig().MaxPrepared)
	startupTimeout    = strconv.FormatInt(pgwire.DefaultConfig().StartupTimeout.Milliseconds(), 10)
)
