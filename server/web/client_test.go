package web

import (
	"bufio"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestHeartbeat(t *testing.T) {
	f := open(t)
	f.sql("CREATE STREAM s (v INT)")
	f.site.cfg.HeartbeatEvery = time.Millisecond
	resp := f.send(f.soon(), "GET", "/v1/stream?sql="+url.QueryEscape("SELECT v FROM s EMIT CHANGES"), "")
	defer func() { _ = resp.Body.Close() }()
	in := bufio.NewReader(resp.Body)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line == ": still here\n" {
			return
		}
	}
}

// A client that takes nothing is cut off by the write deadline (H4); another one
// has its rows all the time.
func TestDeafClient(t *testing.T) {
	f := open(t)
	f.sql("CREATE STREAM s (v TEXT)")
	f.site.cfg.WriteTimeout = time.Second // the other reader keeps it on a busy machine too
	good := f.tail("SELECT v FROM s EMIT CHANGES", "")
	c, err := net.Dial("tcp", f.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c, "GET /v1/stream?sql=%s HTTP/1.1\r\nHost: localhost\r\n\r\n", url.QueryEscape("SELECT v FROM s EMIT CHANGES")); err != nil {
		t.Fatal(err)
	}
	row := `{"v": "` + strings.Repeat("x", 200_000) + `"}`
	joined, deadline := false, time.Now().Add(20*time.Second)
	for {
		if code, text, _ := f.do("POST", "/v1/insert/s", row); code != 200 {
			t.Fatalf("%d %s", code, text)
		}
		good.rows(1)
		_, readers, _ := f.site.hub.stats()
		joined = joined || readers == 2
		if joined && readers == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d readers, joined %t", readers, joined)
		}
	}
}

// When the server ends, so do the streams, with a word why.
func TestStreamsEndWithTheSite(t *testing.T) {
	f := open(t)
	f.sql("CREATE STREAM s (v INT)")
	a := f.tail("SELECT v FROM s EMIT CHANGES", "")
	f.sql("INSERT INTO s VALUES (1)")
	a.rows(1)
	f.site.Close()
	if e := a.next(); e.name != "shutdown" || !strings.Contains(e.data, "57P01") || e.id != a.last {
		t.Errorf("got %+v", e)
	}
	if code, _, _ := f.do("GET", "/v1/stream?sql="+url.QueryEscape("SELECT v FROM s EMIT CHANGES"), ""); code != 503 {
		t.Errorf("a stream after the end: %d", code)
	}
}
