package web

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

type frame struct {
	Event, ID, Token string
	Rows             []json.RawMessage
	Error            *problem
}

func TestSocket(t *testing.T) {
	f := open(t)
	f.sql("CREATE STREAM s (v INT)")
	ctx := f.soon()
	c, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(f.http.URL, "http")+"/v1/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.CloseNow() }()
	say := func(text string) {
		t.Helper()
		if err := c.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	hear := func(event, id string) frame {
		t.Helper()
		_, b, err := c.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var m frame
		if err := json.Unmarshal(b, &m); err != nil || m.Event != event || m.ID != id {
			t.Fatalf("got %s, want %s of %q", b, event, id)
		}
		return m
	}
	say(`{"op":"subscribe","id":"a","sql":"SELECT v FROM s WHERE v < 10 EMIT CHANGES"}`)
	hear("schema", "a")
	say(`{"op":"subscribe","id":"b","sql":"SELECT v FROM s WHERE v >= 10 EMIT CHANGES","credit":1}`)
	hear("schema", "b")
	f.sql("INSERT INTO s VALUES (1)")
	if m := hear("rows", "a"); string(m.Rows[0]) != `{"v":1}` || m.Token == "" {
		t.Errorf("got %+v", m)
	}
	f.sql("INSERT INTO s VALUES (10)")
	last := hear("rows", "b")
	f.sql("INSERT INTO s VALUES (11)") // b has no credit left
	f.sql("INSERT INTO s VALUES (2)")
	hear("rows", "a")
	say(`{"op":"credit","id":"b","credit":5}`)
	if m := hear("rows", "b"); string(m.Rows[0]) != `{"v":11}` {
		t.Errorf("got %+v", m)
	}
	say(`{"op":"unsubscribe","id":"b"}`)
	say(`{"op":"subscribe","id":"c","sql":"SELECT v FROM s WHERE v >= 10 EMIT CHANGES","token":"` + last.Token + `"}`)
	hear("schema", "c")
	if m := hear("rows", "c"); string(m.Rows[0]) != `{"v":11}` {
		t.Errorf("resumed: %+v", m)
	}
	say(`{"op":"subscribe","id":"c","sql":"SELECT 1"}`)
	hear("failure", "c")
	say(`{"op":"subscribe","id":"d","sql":"SELECT nope FROM s EMIT CHANGES"}`)
	if m := hear("failure", "d"); m.Error == nil || m.Error.Position != 8 {
		t.Errorf("got %+v", m)
	}
	say(`{"op":"fly","id":"a"}`)
	hear("failure", "a")
}
