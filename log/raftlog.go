package log

import (
	"context"
	"io"
	"log/slog"

	"github.com/hashicorp/go-hclog"
)

// raftLogger hands Raft's messages to slog: errors as warnings, since what matters reaches callers or Fatal, all
// else at debug.
func raftLogger(to *slog.Logger, group uint32) hclog.Logger {
	l := hclog.NewInterceptLogger(&hclog.LoggerOptions{Name: "raft", Level: hclog.Info, Output: io.Discard})
	l.RegisterSink(&raftSink{to: to.With("group", group)})
	return l
}

type raftSink struct{ to *slog.Logger }

// Accept takes one message.
func (s *raftSink) Accept(_ string, level hclog.Level, msg string, args ...any) {
	to := slog.LevelDebug
	if level >= hclog.Error {
		to = slog.LevelWarn
	}
	if !s.to.Enabled(context.Background(), to) {
		return
	}
	s.to.Log(context.Background(), to, "raft: "+msg, args...)
}
