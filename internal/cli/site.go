package cli

import (
	"log/slog"

	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/server/web"
)

// mountSite puts console, push and inserts on the HTTP port.
func mountSite(srv *server.Server, logger *slog.Logger) error {
	cfg := web.DefaultConfig()
	cfg.Logger = logger
	site, err := web.New(srv, cfg)
	if err != nil {
		return err
	}
	srv.Mount(site)
	return nil
}
