package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestInsertForms(t *testing.T) {
	f := open(t)
	f.sql("CREATE STREAM s (k TEXT KEY, v INT, at TIMESTAMP, note TEXT DEFAULT 'none')")
	for _, body := range []string{
		`{"k": "a", "v": 1, "at": "2026-01-01T00:00:00Z"}`,
		"{\"k\": \"b\",\n \"v\": 2}\n{\"k\": \"c\", \"v\": 3}\n",
		`[{"k": "d", "v": 4}, {"k": "e"}]`,
	} {
		if code, answer, _ := f.do("POST", "/v1/insert/s", body); code != http.StatusOK {
			t.Errorf("%s\n%d %s", body, code, answer)
		}
	}
	b, _ := json.Marshal(f.sql("SELECT k, v, at FROM s ORDER BY k").Results[0].Rows)
	if want := `[["a",1,"2026-01-01T00:00:00Z"],["b",2,null],["c",3,null],["d",4,null],["e",null,null]]`; string(b) != want {
		t.Errorf("got %s", b)
	}
	for _, c := range []struct {
		path, body string
		code       int
		want       string
	}{
		{"/v1/insert/gone", `{}`, 404, `"42P01"`},
		{"/v1/insert/s", `{"v": 1`, 400, `"22032"`},
		{"/v1/insert/s", `[1]`, 400, `a row must be a JSON object`},
		{"/v1/insert/s", `[{"k": "x", "v": 1}, {"k": "y", "v": "much"}]`, 400, `"error"`},
	} {
		if code, answer, _ := f.do("POST", c.path, c.body); code != c.code || !strings.Contains(answer, c.want) {
			t.Errorf("%s\n%d %s", c.body, code, answer)
		}
	}
	if n := f.sql("SELECT count(*) FROM s").Results[0].Rows[0][0]; n != 5.0 {
		t.Errorf("a refused body left rows: %v", n)
	}
}

// The same key writes once, also after a crash; the token is that of the rows.
func TestInsertOnce(t *testing.T) {
	f := open(t)
	f.sql("CREATE STREAM s (v INT) WITH (partitions = 4); CREATE STREAM other (v INT)")
	body := `[{"v": 1}, {"v": 2}, {"v": 3}]`
	post := func(path, body, key string) (int, inserted, string) {
		code, text, _ := f.do("POST", path, body, "Idempotency-Key: "+key)
		var got inserted
		_ = json.Unmarshal([]byte(text), &got)
		return code, got, text
	}
	_, first, _ := post("/v1/insert/s", body, "order-1")
	if first.Duplicate || first.Rows != 3 || first.Token == "" {
		t.Fatalf("first: %+v", first)
	}
	for range 2 {
		code, again, text := post("/v1/insert/s", body, "order-1")
		if code != http.StatusOK || !again.Duplicate || again.Token != first.Token {
			t.Errorf("again: %d %s", code, text)
		}
		f.crash()
	}
	if code, _, text := post("/v1/insert/s", `{"v": 1}`, "order-1"); code != http.StatusConflict && code != http.StatusOK {
		t.Errorf("other rows: %d %s", code, text)
	}
	post("/v1/insert/s", body, "order-2")
	post("/v1/insert/other", body, "order-1")
	if n := f.sql("SELECT count(*) FROM other").Results[0].Rows[0][0]; n != 3.0 {
		t.Errorf("other stream: %v rows", n)
	}
	if n := f.sql("SELECT count(*) FROM s WHERE v = 3").Results[0].Rows[0][0]; n != 2.0 {
		t.Errorf("%v rows of two keys", n)
	}
}

func TestWebhookSecret(t *testing.T) {
	f := open(t)
	f.sql(`CREATE STREAM s (v INT); ALTER SYSTEM SET "leat.webhook_secret.s" = 'hush'`)
	body := `{"v": 1}`
	mac := hmac.New(sha256.New, []byte("hush"))
	mac.Write([]byte(body))
	sign := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	for _, c := range []struct {
		header string
		code   int
	}{
		{"X-Nothing: here", http.StatusUnauthorized},
		{"Leat-Signature: sha256=00", http.StatusUnauthorized},
		{"Leat-Signature: " + sign, http.StatusOK},
		{"X-Hub-Signature-256: " + sign, http.StatusOK},
	} {
		if code, text, _ := f.do("POST", "/v1/insert/s", body, c.header); code != c.code {
			t.Errorf("%s: %d %s", c.header, code, text)
		}
	}
	if v := f.sql("SELECT current_setting('leat.webhook_secret.s', true)").Results[0].Rows[0][0]; v != nil {
		t.Errorf("a session sees the secret: %v", v)
	}
}
