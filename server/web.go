package server

import (
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/leatdb/leat/sql/sqlerr"
)

// routes are the HTTP end points.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("/", &s.mounted)
	mux.Handle("GET /metrics", s.known(promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{})))
	return mux
}

// known lets only clients through that have shown who they are, where a rule asks
// for that: metrics name topics and jobs.
func (s *Server) known(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _, err := s.guard.Request(r); err != nil {
			w.Header().Set("WWW-Authenticate", `Basic realm="leat"`)
			reply(w, http.StatusUnauthorized, sqlerr.From(err).Message+"\n")
			return
		}
		h.ServeHTTP(w, r)
	})
}

// reply writes a short text. A client that is gone is nobody's concern.
func reply(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text))
}

// readyz tells whether clients can be answered; ?verbose lists the checks.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	checks, ok := s.checks()
	code, text := http.StatusOK, "ok\n"
	if !ok {
		code, text = http.StatusServiceUnavailable, "not ready\n"
	}
	if r.URL.Query().Has("verbose") {
		text = checks + text
	}
	reply(w, code, text)
}

// Ready tells whether clients can be answered: recovery is over and every Raft
// group has a leader.
func (s *Server) Ready() bool {
	_, ok := s.checks()
	return ok
}

// checks lists what readiness depends on.
func (s *Server) checks() (list string, ok bool) {
	ok = s.isReady()
	list = checkLine("recovered", ok)
	if !ok {
		return list, false
	}
	for _, g := range s.log.Stats().Groups {
		list += checkLine(fmt.Sprintf("group %d has a leader", g.Group), g.Leader)
		ok = ok && g.Leader
	}
	return list, ok
}

func checkLine(what string, ok bool) string {
	if ok {
		return "[+] " + what + "\n"
	}
	return "[-] " + what + "\n"
}
