package server

import (
	"slices"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// maxPayload is PostgreSQL's bound of a notification's text.
const maxPayload = 8000

// listen subscribes a session to a channel.
func (s *Server) listen(ss *Session, channel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.channels == nil {
		s.mu.channels = map[string][]*Session{}
	}
	if !slices.Contains(s.mu.channels[channel], ss) {
		s.mu.channels[channel] = append(s.mu.channels[channel], ss)
	}
}

// unlisten ends one subscription of a session, or all ("").
func (s *Server) unlisten(ss *Session, channel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c, who := range s.mu.channels {
		if channel == "" || c == channel {
			if who = slices.DeleteFunc(who, func(x *Session) bool { return x == ss }); len(who) == 0 {
				delete(s.mu.channels, c)
			} else {
				s.mu.channels[c] = who
			}
		}
	}
}

func (s *Server) listeners(channel string) []*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mu.channels[channel])
}

func (ss *Session) runNotify(rq *request, x *sql.Notify) (*pgwire.Result, error) {
	if len(x.Payload) >= maxPayload {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "payload string too long").At(x.Pos)
	}
	channel := x.Channel.Fold(rq.ksql)
	for _, to := range ss.srv.listeners(channel) {
		to.client.Notify(ss.pid, channel, x.Payload)
	}
	return tag("NOTIFY"), nil
}

// changed tells the listeners of a relation's name that it has new rows.
func (s *Server) changed(writes []write) {
	for i := range writes {
		for _, to := range s.listeners(writes[i].rel.Name) {
			to.client.Notify(0, writes[i].rel.Name, "")
		}
	}
}
