package server

import (
	"slices"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// PostgreSQL's bounds of a notification's text and of a channel's name.
const (
	maxPayload = 8000
	maxChannel = 64
)

// note is a notification that waits for COMMIT.
type note struct{ channel, payload string }

// listen subscribes a session to a channel. One that is named like a relation
// also tells of that relation's changes, from here on.
func (s *Server) listen(ss *Session, channel string) {
	s.mu.Lock()
	if s.mu.channels == nil {
		s.mu.channels = map[string][]*Session{}
	}
	if !slices.Contains(s.mu.channels[channel], ss) {
		s.mu.channels[channel] = append(s.mu.channels[channel], ss)
	}
	s.mu.Unlock()
	s.follow()
}

// unlisten ends one subscription of a session, or all ("").
func (s *Server) unlisten(ss *Session, channel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c, who := range s.mu.channels {
		if channel == "" || c == channel {
			if who = slices.DeleteFunc(slices.Clone(who), func(x *Session) bool { return x == ss }); len(who) == 0 {
				delete(s.mu.channels, c)
			} else {
				s.mu.channels[c] = who
			}
		}
	}
	s.feeds.endUnheard(s.mu.channels)
}

func (s *Server) listeners(channel string) []*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mu.channels[channel])
}

func (ss *Session) runNotify(rq *request, x *sql.Notify) (*pgwire.Result, error) {
	if err := ss.notify(x.Channel.Fold(rq.ksql), x.Payload); err != nil {
		return nil, at(err, x.Pos)
	}
	return tag("NOTIFY"), nil
}

// notify is NOTIFY and pg_notify: at once, or inside a transaction at its COMMIT,
// where equal ones are one.
func (ss *Session) notify(channel, payload string) error {
	switch {
	case channel == "":
		return sqlerr.New(sqlerr.InvalidParameterValue, "channel name cannot be empty")
	case len(channel) >= maxChannel:
		return sqlerr.New(sqlerr.InvalidParameterValue, "channel name too long")
	case len(payload) >= maxPayload:
		return sqlerr.New(sqlerr.InvalidParameterValue, "payload string too long")
	}
	n := note{channel, payload}
	if !ss.inTx() {
		ss.sendNotes([]note{n})
	} else if !slices.Contains(ss.tx.notes, n) {
		ss.tx.notes = append(ss.tx.notes, n)
	}
	return nil
}

func (ss *Session) sendNotes(list []note) {
	for _, n := range list {
		for _, to := range ss.srv.listeners(n.channel) {
			to.client.Notify(ss.pid, n.channel, n.payload)
		}
	}
}
