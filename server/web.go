package server

import (
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// routes are the HTTP end points.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("/", &s.mounted)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	return mux
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

// metrics counts for Prometheus and is pgwire's Metrics.
type metrics struct {
	registry    *prometheus.Registry
	connections prometheus.Gauge
	refused     *prometheus.CounterVec
	messages    *prometheus.CounterVec
	rows, bytes prometheus.Counter
	errors      *prometheus.CounterVec
	statements  *prometheus.CounterVec
	appended    prometheus.Counter
}

func newMetrics(s *Server) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	vector := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
	}
	m := &metrics{
		registry:    prometheus.NewRegistry(),
		connections: prometheus.NewGauge(prometheus.GaugeOpts{Name: "leat_pgwire_connections", Help: "Clients connected now."}),
		refused:     vector("leat_pgwire_refused_total", "Clients turned away, by SQLSTATE.", "code"),
		messages:    vector("leat_pgwire_messages_total", "Messages of clients, by type.", "type"),
		rows:        counter("leat_pgwire_rows_sent_total", "Rows sent to clients."),
		bytes:       counter("leat_pgwire_sent_bytes_total", "Bytes sent to clients."),
		errors:      vector("leat_pgwire_errors_total", "Errors sent to clients, by SQLSTATE.", "code"),
		statements:  vector("leat_server_statements_total", "Statements run, by command.", "command"),
		appended:    counter("leat_server_rows_written_total", "Rows written by statements."),
	}
	m.registry.MustRegister(m.connections, m.refused, m.messages, m.rows, m.bytes, m.errors, m.statements, m.appended,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &stateCollector{s})
	return m
}

func (m *metrics) ConnOpened()             { m.connections.Inc() }
func (m *metrics) ConnClosed()             { m.connections.Dec() }
func (m *metrics) ConnRefused(code string) { m.refused.WithLabelValues(code).Inc() }
func (m *metrics) Message(kind byte)       { m.messages.WithLabelValues(string(rune(kind))).Inc() }
func (m *metrics) RowsSent(n int)          { m.rows.Add(float64(n)) }
func (m *metrics) BytesSent(n int)         { m.bytes.Add(float64(n)) }
func (m *metrics) ErrorSent(code string)   { m.errors.WithLabelValues(code).Inc() }

// stateCollector reads jobs and topics when it is asked.
type stateCollector struct{ s *Server }

var (
	descJobRows = prometheus.NewDesc("leat_job_rows_in_total", "Rows read by a job.", []string{"job"}, nil)
	descJobLate = prometheus.NewDesc("leat_job_rows_late_total", "Rows of a job behind the grace period.", []string{"job"}, nil)
	descJobFail = prometheus.NewDesc("leat_job_rows_failed_total", "Rows a job could not process.", []string{"job"}, nil)
	descJobLag  = prometheus.NewDesc("leat_job_lag_records", "Records a job has not read yet.", []string{"job"}, nil)
	descJobMem  = prometheus.NewDesc("leat_job_state_bytes", "Bytes of a job's state.", []string{"job"}, nil)
	descTopic   = prometheus.NewDesc("leat_topic_bytes", "Bytes of a topic's segments.", []string{"topic"}, nil)
	descWAL     = prometheus.NewDesc("leat_log_wal_bytes", "Bytes of a group's write-ahead log.", []string{"group"}, nil)
)

// Describe implements prometheus.Collector.
func (c *stateCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descJobRows, descJobLate, descJobFail, descJobLag, descJobMem, descTopic, descWAL} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *stateCollector) Collect(ch chan<- prometheus.Metric) {
	if !c.s.isReady() {
		return
	}
	gauge := func(d *prometheus.Desc, kind prometheus.ValueType, v int64, label string) {
		ch <- prometheus.MustNewConstMetric(d, kind, float64(v), label)
	}
	for _, j := range c.s.runtime.Jobs() {
		t := sumTasks(j)
		gauge(descJobRows, prometheus.CounterValue, t.RowsIn, j.ID)
		gauge(descJobLate, prometheus.CounterValue, t.Late, j.ID)
		gauge(descJobFail, prometheus.CounterValue, t.Failed, j.ID)
		gauge(descJobLag, prometheus.GaugeValue, t.Lag, j.ID)
		gauge(descJobMem, prometheus.GaugeValue, t.StateBytes, j.ID)
	}
	st := c.s.log.Stats()
	for _, t := range st.Topics {
		var n int64
		for _, p := range t.Partitions {
			n += p.Bytes
		}
		gauge(descTopic, prometheus.GaugeValue, n, t.Name)
	}
	for _, g := range st.Groups {
		gauge(descWAL, prometheus.GaugeValue, g.WALBytes, fmt.Sprint(g.Group))
	}
}
