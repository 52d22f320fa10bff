package server

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/sqlerr"
)

// lastToken is the name under which expressions ask for the position token of
// the session's writes.
const lastToken = "leat.last_token"

// positionBody is what a position token says: the next offset behind what was
// written or read, by "topic/partition".
type positionBody struct {
	At map[string]int64 `json:"at"`
}

func positionText(at map[partition]int64) string {
	if len(at) == 0 {
		return ""
	}
	body := positionBody{At: map[string]int64{}}
	for p, next := range at {
		body.At[fmt.Sprintf("%s/%d", p.topic, p.part)] = next
	}
	b, err := json.Marshal(body) // keys come out sorted (S5)
	if err != nil {
		panic("BUG: a token that JSON cannot hold: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// Token is the position behind the writes that this session was told of, ""
// before the first. A session that waits for it sees at least those.
func (ss *Session) Token() string {
	if len(ss.seen) == 0 {
		return positionText(ss.acked)
	}
	at := maps.Clone(ss.seen)
	for p, next := range ss.acked {
		at[p] = max(at[p], next)
	}
	return positionText(at)
}

// WaitFor makes the session's reads see at least what token stands for.
func (ss *Session) WaitFor(token string) error {
	if token == "" {
		return nil
	}
	bad := sqlerr.New(sqlerr.InvalidParameterValue, "invalid position token")
	var body positionBody
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || json.Unmarshal(b, &body) != nil {
		return bad.WithHint("Use a token as INSERT or leat.last_token() gave it.")
	}
	seen := map[partition]int64{}
	sight := virtual{ss: ss, all: ss.srv.catalog.Current(), as: ss.role()}
	sight.snap = sight.all.For(sight.as)
	for name, next := range body.At {
		i := strings.LastIndexByte(name, '/')
		part, err := strconv.ParseInt(name[i+1:], 10, 32)
		if i < 0 || err != nil {
			return bad
		}
		p := partition{name[:i], int32(part)}
		_, end, err := ss.srv.log.Offsets(p.topic, p.part)
		if err != nil {
			continue // dropped since: nothing can read it
		}
		if next > end && !sight.seesTopic(p.topic) {
			next = end // an error would count the records of what is hidden
		}
		if next > end {
			return sqlerr.New(sqlerr.InvalidParameterValue, "position token is ahead of topic %q, which ends at %d", p.topic, end).
				WithHint("The token is of another server, or its topic was made anew.")
		}
		seen[p] = next
	}
	for p, next := range seen {
		ss.acked[p] = max(ss.acked[p], next)
	}
	return nil
}

// KeepPositions makes Token cover what the session's queries see too.
func (ss *Session) KeepPositions() { ss.seen = map[partition]int64{} }

// noteReads adds the position that a query over reads sees at least when it
// starts now: the ends of all topics those relations come from.
func (ss *Session) noteReads(snap *catalog.Snapshot, reads []string) {
	done := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		r, ok := snap.Relation("", name)
		if done[name] || !ok {
			return
		}
		done[name] = true
		_, writers := snap.JobsOf(name)
		for _, j := range writers {
			for _, src := range j.Reads {
				visit(src)
			}
		}
		for _, src := range r.Reads {
			visit(src)
		}
		if len(writers) > 0 || r.Topic == "" {
			return
		}
		for p := range r.Partitions {
			if _, end, err := ss.srv.log.Offsets(r.Topic, p); err == nil {
				ss.seen[partition{r.Topic, p}] = end
			}
		}
	}
	for _, name := range reads {
		visit(name)
	}
}

// lookupSetting is what expressions see of the settings, and of the session.
func (ss *Session) lookupSetting(name string) (string, bool) {
	if name == lastToken {
		return ss.Token(), true
	}
	return ss.settings.lookup(name)
}

// tellPosition sends the position of a write as a notice, when asked for.
func (ss *Session) tellPosition() {
	if ss.settings.isOn("position_notices") {
		ss.notice("position %s", ss.Token())
	}
}
