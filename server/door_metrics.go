package server

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// doorMetrics count at the doors; it is auth's Metrics.
type doorMetrics struct {
	logins    *prometheus.CounterVec
	auditLost prometheus.Counter
}

// newDoorMetrics registers what there is to see at the doors of s.
func newDoorMetrics(s *Server, registry prometheus.Registerer) *doorMetrics {
	m := &doorMetrics{
		logins:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "leat_logins_total", Help: "Attempts to log in: ok, failed, limited, refused."}, []string{"result"}),
		auditLost: prometheus.NewCounter(prometheus.CounterOpts{Name: "leat_audit_lost_total", Help: "Lines of the audit log that could not be written."}),
	}
	insecure := prometheus.NewGauge(prometheus.GaugeOpts{Name: "leat_insecure", Help: "1 when --insecure-i-know is in force."})
	if s.cfg.Access.Insecure {
		insecure.Set(1)
	}
	registry.MustRegister(m.logins, m.auditLost, insecure)
	if c := s.cfg.Access.Certificates; c != nil {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "leat_certificate_expires_seconds", Help: "End of the TLS certificate's life, in seconds since 1970.",
		}, func() float64 { return float64(c.Expires().UnixMilli()) / float64(time.Second/time.Millisecond) }))
	}
	return m
}

// Login implements auth.Metrics.
func (m *doorMetrics) Login(result string) { m.logins.WithLabelValues(result).Inc() }
