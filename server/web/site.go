package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/sql/sqlerr"
)

// Site answers HTTP for one server. Mount it before the server runs.
type Site struct {
	cfg    Config
	db     *server.Server
	hub    *hub
	assets *assets
	mux    *http.ServeMux
	cross  *http.CrossOriginProtection
}

// New makes the site of a server.
func New(db *server.Server, cfg Config) (*Site, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Site{cfg: cfg, db: db, hub: newHub(cfg), assets: newAssets(), mux: http.NewServeMux(), cross: http.NewCrossOriginProtection()}
	for _, r := range routes {
		s.mux.HandleFunc(r.method+" "+r.path, func(w http.ResponseWriter, req *http.Request) { r.serve(s, w, req) })
	}
	s.mux.HandleFunc("GET /{$}", s.assets.index)
	s.mux.HandleFunc("GET /static/{name}", s.assets.file)
	s.mux.HandleFunc("GET /docs/{page...}", documentPage)
	return s, nil
}

// Close ends all streams and waits for the queries behind them.
func (s *Site) Close() { s.hub.close() }

// policy lets the console load what is its own and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if r.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	} else if !s.knownHost(r.Host) { // a certificate cannot be had for somebody else's name
		fail(w, sqlerr.New(sqlerr.InsufficientPrivilege, "host %q is not one of this server's", r.Host).
			WithHint("Use localhost, an address, or a configured name."), "")
		return
	}
	if err := s.cross.Check(r); err != nil && !strings.HasPrefix(r.URL.Path, "/v1/insert/") {
		fail(w, sqlerr.New(sqlerr.InsufficientPrivilege, "request from another site"), "")
		return
	}
	limitBody(w, r, s.cfg.BodyTimeout)
	r.Body = http.MaxBytesReader(w, r.Body, s.cfg.MaxBody)
	r, ok := s.identify(w, r)
	if !ok {
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	stop := context.AfterFunc(s.hub.ctx, cancel)
	defer stop()
	s.mux.ServeHTTP(w, r.WithContext(ctx))
}

// knownHost keeps pages of other sites from reaching a loopback server under
// their own name (DNS rebinding).
func (s *Site) knownHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	return net.ParseIP(host) != nil || host == "localhost" || strings.HasSuffix(host, ".localhost") || slices.Contains(s.cfg.Hosts, host)
}

// timedWriter gives every write a deadline (H4).
type timedWriter struct {
	w  http.ResponseWriter
	rc *http.ResponseController
	d  time.Duration
}

func (s *Site) timed(w http.ResponseWriter) *timedWriter {
	return &timedWriter{w: w, rc: http.NewResponseController(w), d: s.cfg.WriteTimeout}
}

// Write implements io.Writer.
func (t *timedWriter) Write(p []byte) (int, error) {
	if err := t.rc.SetWriteDeadline(time.Now().Add(t.d)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return t.w.Write(p)
}

// send writes and flushes.
func (t *timedWriter) send(p []byte) error {
	if _, err := t.Write(p); err != nil {
		return err
	}
	return t.rc.Flush()
}

var (
	descQueries = prometheus.NewDesc("leat_http_queries", "Push queries that run for HTTP clients.", nil, nil)
	descReaders = prometheus.NewDesc("leat_http_subscriptions", "HTTP clients that watch a push query.", nil, nil)
	descStarted = prometheus.NewDesc("leat_http_queries_started_total", "Push queries started for HTTP clients.", nil, nil)
)

// Describe implements prometheus.Collector.
func (s *Site) Describe(ch chan<- *prometheus.Desc) {
	ch <- descQueries
	ch <- descReaders
	ch <- descStarted
}

// Collect implements prometheus.Collector.
func (s *Site) Collect(ch chan<- prometheus.Metric) {
	queries, readers, started := s.hub.stats()
	ch <- prometheus.MustNewConstMetric(descQueries, prometheus.GaugeValue, float64(queries))
	ch <- prometheus.MustNewConstMetric(descReaders, prometheus.GaugeValue, float64(readers))
	ch <- prometheus.MustNewConstMetric(descStarted, prometheus.CounterValue, float64(started))
}
