package web

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Config is what a Site is made with. Start from DefaultConfig.
type Config struct {
	// HeartbeatEvery is the time between comments on idle streams. Long: proxies cut them. Default 15 s.
	HeartbeatEvery time.Duration
	// WriteTimeout ends a client that takes no byte for so long. Default 30 s.
	WriteTimeout time.Duration
	// RingBytes is what one running query remembers for its readers. Small: slow readers are cut early. Default 4 MiB.
	RingBytes int64
	// MaxQueries is how many distinct push queries run at once. Default 1000.
	MaxQueries int
	// MaxSubscriptions is how many a WebSocket may have. Default 64.
	MaxSubscriptions int
	// MaxBody bounds a request's body in bytes. Default 10 MiB.
	MaxBody int64
	// BodyTimeout bounds the time a client takes to send it. Default 60 s.
	BodyTimeout time.Duration
	// SessionFor is the life of a login. Default 12 h.
	SessionFor time.Duration
	// MaxAnswer bounds a JSON answer in bytes; NDJSON and Arrow have no bound. Default 64 MiB.
	MaxAnswer int
	// Hosts are the names besides localhost and addresses under which clients may reach the site.
	Hosts []string
	// Logger hears of what nobody awaits. Default: discards.
	Logger *slog.Logger
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		HeartbeatEvery: 15 * time.Second, WriteTimeout: 30 * time.Second, RingBytes: 4 << 20,
		MaxQueries: 1000, MaxSubscriptions: 64, MaxBody: 10 << 20, MaxAnswer: 64 << 20,
		BodyTimeout: time.Minute, SessionFor: 12 * time.Hour,
		Logger: slog.New(slog.DiscardHandler),
	}
}

// Validate reports every fault in one error.
func (c Config) Validate() error {
	var faults []error
	must := func(ok bool, what string) {
		if !ok {
			faults = append(faults, errors.New(what))
		}
	}
	must(c.HeartbeatEvery > 0, "no heartbeat")
	must(c.WriteTimeout > 0, "no write timeout")
	must(c.RingBytes > 0, "no ring")
	must(c.MaxQueries > 0 && c.MaxSubscriptions > 0, "no queries")
	must(c.MaxBody > 0 && c.MaxAnswer > 0, "no bodies")
	must(c.BodyTimeout > 0 && c.SessionFor > 0, "no time for bodies or sessions")
	must(c.Logger != nil, "no logger")
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("web configuration: %w", errors.Join(faults...))
}
