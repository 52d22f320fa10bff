package server

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

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
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector(), &stateCollector{s})
	return m
}

func (m *metrics) ConnOpened()             { m.connections.Inc() }
func (m *metrics) ConnClosed()             { m.connections.Dec() }
func (m *metrics) ConnRefused(code string) { m.refused.WithLabelValues(code).Inc() }
func (m *metrics) Message(kind byte)       { m.messages.WithLabelValues(string(rune(kind))).Inc() }
func (m *metrics) RowsSent(n int)          { m.rows.Add(float64(n)) }
func (m *metrics) BytesSent(n int)         { m.bytes.Add(float64(n)) }
func (m *metrics) ErrorSent(code string)   { m.errors.WithLabelValues(code).Inc() }
