package cli

import (
	"log/slog"
	"strings"

	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/server/web"
)

// mountSite puts console, push and inserts on the HTTP port. hosts are the names
// that clients may call it by, by comma.
func mountSite(srv *server.Server, logger *slog.Logger, hosts string) error {
	cfg := web.DefaultConfig()
	cfg.Logger = logger
	for h := range strings.SplitSeq(hosts, ",") {
		if h = strings.TrimSpace(h); h != "" {
			cfg.Hosts = append(cfg.Hosts, h)
		}
	}
	site, err := web.New(srv, cfg)
	if err != nil {
		return err
	}
	srv.Mount(site)
	return nil
}
