package pgwire

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Config is what a Server is made with. Start from DefaultConfig.
type Config struct {
	// MaxConnections is how many clients may be connected; the next one gets
	// 53300 at once. Default 500.
	MaxConnections int
	// ReservedConnections come on top of these, for privileged sessions. Default 5.
	ReservedConnections int
	// MaxPending is how many connections may be without a session yet. Beyond it the
	// oldest of them is closed, so that clients that say nothing shut nobody out. Default 2000.
	MaxPending int
	// MaxPrepared is how many statements, and how many portals, a session may
	// have open by message; 54000 beyond it. Default 1000.
	MaxPrepared int
	// MaxMessageBytes bounds one message of a client. Small: big INSERTs are
	// refused; large: one client may take that much memory. Default 64 MiB.
	MaxMessageBytes int
	// StartupTimeout is how long a client may take to introduce itself and to prove
	// who it is. Default 10 s.
	StartupTimeout time.Duration
	// TLS gives the configuration of the next handshake; its first certificate is
	// the server's. nil, or a nil configuration: TLS is declined. Default nil.
	TLS func() *tls.Config
	// RequireTLS refuses connections without TLS: 28000. Default false.
	RequireTLS bool
	// KeepAlive is the interval of TCP keep-alive on idle connections. Default 30 s.
	KeepAlive time.Duration
	// WriteBuffer is the size of output at which it is sent without being asked
	// for. Default 64 KiB.
	WriteBuffer int
	// Redact takes data out of a statement before it is logged. Default: all of it.
	Redact func(statement string) string
	// Rand gives the secret keys of connections. Default crypto/rand.
	Rand io.Reader
	// Logger receives one line per connection at debug. Default: discards.
	Logger *slog.Logger
	// Metrics counts. Default: nothing.
	Metrics Metrics
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		MaxConnections:      500,
		ReservedConnections: 5,
		MaxPending:          2000,
		MaxPrepared:         1000,
		MaxMessageBytes:     64 << 20,
		StartupTimeout:      10 * time.Second,
		KeepAlive:           30 * time.Second,
		WriteBuffer:         64 << 10,
		Redact:              func(string) string { return "" },
		Rand:                rand.Reader,
		Logger:              slog.New(slog.DiscardHandler),
		Metrics:             noMetrics{},
	}
}

// Validate reports every fault in one error.
func (c Config) Validate() error {
	var faults []error
	must := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	must(c.MaxConnections > 0 && c.ReservedConnections >= 0, "%d connections, %d reserved", c.MaxConnections, c.ReservedConnections)
	must(c.MaxPending > 0, "%d pending connections", c.MaxPending)
	must(c.MaxPrepared > 0, "%d prepared statements", c.MaxPrepared)
	must(!c.RequireTLS || c.TLS != nil, "TLS is required and there is none")
	must(c.MaxMessageBytes >= 1<<10, "messages of %d bytes", c.MaxMessageBytes)
	must(c.StartupTimeout > 0, "no startup timeout")
	must(c.WriteBuffer >= 1<<10, "write buffer of %d bytes", c.WriteBuffer)
	must(c.Redact != nil, "nothing to redact statements with")
	must(c.Rand != nil, "no randomness")
	must(c.Logger != nil, "no logger")
	must(c.Metrics != nil, "no metrics")
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("pgwire configuration: %w", errors.Join(faults...))
}

// Metrics is told what happens. Calls come from many goroutines.
type Metrics interface {
	ConnOpened()
	ConnClosed()
	// ConnRefused counts clients turned away, by SQLSTATE.
	ConnRefused(code string)
	// Message counts messages of clients by type byte.
	Message(kind byte)
	RowsSent(n int)
	BytesSent(n int)
	// ErrorSent counts ErrorResponses by SQLSTATE.
	ErrorSent(code string)
}

type noMetrics struct{}

func (noMetrics) ConnOpened()        {}
func (noMetrics) ConnClosed()        {}
func (noMetrics) ConnRefused(string) {}
func (noMetrics) Message(byte)       {}
func (noMetrics) RowsSent(int)       {}
func (noMetrics) BytesSent(int)      {}
func (noMetrics) ErrorSent(string)   {}
