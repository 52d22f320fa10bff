package server

import (
	"net/http"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// Site is what answers on the HTTP port besides health and metrics.
type Site interface {
	http.Handler
	// Close ends what runs for clients, and waits for it.
	Close()
}

// mount holds the site, which is made after the server.
type mount struct{ site atomic.Pointer[Site] }

// Mount puts a site on the HTTP port, before Run. The server closes it, and
// shows its metrics if it collects any.
func (s *Server) Mount(site Site) {
	s.mounted.site.Store(&site)
	if c, ok := site.(prometheus.Collector); ok {
		s.metrics.registry.MustRegister(c)
	}
}

// ServeHTTP implements http.Handler.
func (m *mount) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s := m.site.Load(); s != nil {
		(*s).ServeHTTP(w, r)
		return
	}
	http.NotFound(w, r)
}

func (m *mount) close() {
	if s := m.site.Load(); s != nil {
		(*s).Close()
	}
}
