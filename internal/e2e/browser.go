package e2e

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// browserNames are the programs that speak the DevTools protocol.
var browserNames = []string{"chromium", "chromium-browser", "google-chrome", "chrome"}

// FindBrowser gives the path of an installed Chromium, "" if there is none.
func FindBrowser() string {
	for _, name := range browserNames {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Browser is one page of a headless Chromium.
type Browser struct {
	cmd  *exec.Cmd
	conn *websocket.Conn
	done chan struct{} // closed when the page has gone
	mute chan struct{} // closed when the browser says nothing more
	mu   struct {
		sync.Mutex
		last   int
		waits  map[int]chan reply
		faults []string
	}
}

// reply is an answer of the page, or an event.
type reply struct {
	ID     int
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  *struct{ Message string }
}

// StartBrowser opens an empty page; dir holds the browser's profile.
func StartBrowser(ctx context.Context, path, dir string) (*Browser, error) {
	b := &Browser{done: make(chan struct{}), mute: make(chan struct{})}
	b.mu.waits = map[int]chan reply{}
	b.cmd = exec.Command(path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0",
		"--user-data-dir="+dir, "--window-size=1280,900", "about:blank")
	stderr, err := b.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	page, err := findPage(ctx, bufio.NewScanner(stderr))
	go func() { // a browser that cannot complain stops
		defer close(b.mute)
		_, _ = io.Copy(io.Discard, stderr)
	}()
	if err == nil {
		b.conn, _, err = websocket.Dial(ctx, page, nil)
	}
	if err != nil {
		_ = b.cmd.Process.Kill()
		<-b.mute
		_ = b.cmd.Wait()
		return nil, fmt.Errorf("connect to %s: %w", path, err)
	}
	b.conn.SetReadLimit(64 << 20)
	go b.listen()
	for _, domain := range []string{"Runtime", "Log", "Page"} {
		if _, err := b.call(ctx, domain+".enable", nil); err != nil {
			b.Close()
			return nil, err
		}
	}
	return b, nil
}

// findPage reads where the browser listens and asks for its page.
func findPage(ctx context.Context, lines *bufio.Scanner) (string, error) {
	for lines.Scan() {
		_, at, ok := strings.Cut(lines.Text(), "DevTools listening on ")
		if !ok {
			continue
		}
		u, err := url.Parse(at)
		if err != nil {
			return "", err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+u.Host+"/json/list", nil)
		if err != nil {
			return "", err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return "", err
		}
		defer func() { _ = resp.Body.Close() }()
		var pages []struct{ Type, WebSocketDebuggerURL string }
		if err := json.NewDecoder(resp.Body).Decode(&pages); err != nil {
			return "", err
		}
		for _, p := range pages {
			if p.Type == "page" {
				return p.WebSocketDebuggerURL, nil
			}
		}
		return "", fmt.Errorf("no page among %d targets", len(pages))
	}
	return "", fmt.Errorf("the browser ended: %w", lines.Err())
}

// listen hands answers to their callers and remembers what went wrong.
func (b *Browser) listen() {
	defer close(b.done)
	for {
		_, data, err := b.conn.Read(context.Background())
		if err != nil {
			return
		}
		var r reply
		if err := json.Unmarshal(data, &r); err != nil {
			return
		}
		b.mu.Lock()
		if w := b.mu.waits[r.ID]; w != nil {
			delete(b.mu.waits, r.ID)
			w <- r
		} else if isFault(r) {
			b.mu.faults = append(b.mu.faults, string(r.Params))
		}
		b.mu.Unlock()
	}
}

// isFault tells whether an event is an error of the page. A request that the
// server refuses on purpose is none.
func isFault(r reply) bool {
	switch r.Method {
	case "Runtime.exceptionThrown":
		return true
	case "Runtime.consoleAPICalled":
		return strings.Contains(string(r.Params), `"type":"error"`)
	case "Log.entryAdded":
		return strings.Contains(string(r.Params), `"level":"error"`) && !strings.Contains(string(r.Params), `"source":"network"`)
	}
	return false
}

func (b *Browser) call(ctx context.Context, method string, params any) (json.RawMessage, error) {
	w := make(chan reply, 1)
	b.mu.Lock()
	b.mu.last++
	id := b.mu.last
	b.mu.waits[id] = w
	b.mu.Unlock()
	msg, err := json.Marshal(map[string]any{"id": id, "method": method, "params": params})
	if err != nil {
		return nil, err
	}
	if err := b.conn.Write(ctx, websocket.MessageText, msg); err != nil {
		return nil, err
	}
	select {
	case r := <-w:
		if r.Error != nil {
			return nil, fmt.Errorf("%s: %s", method, r.Error.Message)
		}
		return r.Result, nil
	case <-b.done:
		return nil, fmt.Errorf("%s: the page has gone", method)
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

// Open loads an address.
func (b *Browser) Open(ctx context.Context, address string) error {
	_, err := b.call(ctx, "Page.navigate", map[string]any{"url": address})
	return err
}

// Eval runs JavaScript, waits for its promise and gives the value.
func (b *Browser) Eval(ctx context.Context, script string) (any, error) {
	raw, err := b.call(ctx, "Runtime.evaluate", map[string]any{"expression": script, "awaitPromise": true, "returnByValue": true})
	if err != nil {
		return nil, err
	}
	var out struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, err
	}
	if out.ExceptionDetails != nil {
		return nil, fmt.Errorf("script failed: %s", out.ExceptionDetails)
	}
	return out.Result.Value, nil
}

// Await waits until a condition in JavaScript holds, at most ten seconds.
func (b *Browser) Await(ctx context.Context, condition string) error {
	for {
		v, err := b.Eval(ctx, `new Promise((done) => {
			const end = performance.now() + 10000;
			const look = () => { (`+condition+`) ? done(true) : performance.now() > end ? done(false) : requestAnimationFrame(look); };
			look();
		})`)
		if err != nil && strings.Contains(err.Error(), "context") && ctx.Err() == nil {
			continue // the page was replaced while it was asked
		}
		if err == nil && v != true {
			err = fmt.Errorf("this did not come true: %s", condition)
		}
		return err
	}
}

// Type replaces the text of a field and tells the page.
func (b *Browser) Type(ctx context.Context, selector, text string) error {
	script := fmt.Sprintf(`{const e = document.querySelector(%q); e.focus(); e.value = %q; e.dispatchEvent(new Event('input', {bubbles: true}));
		e.dispatchEvent(new Event('change', {bubbles: true}));}`, selector, text)
	_, err := b.Eval(ctx, script)
	return err
}

// Click presses what selector finds.
func (b *Browser) Click(ctx context.Context, selector string) error {
	_, err := b.Eval(ctx, fmt.Sprintf(`document.querySelector(%q).click()`, selector))
	return err
}

// Shot saves a picture of the page.
func (b *Browser) Shot(ctx context.Context, file string) error {
	raw, err := b.call(ctx, "Page.captureScreenshot", map[string]any{"format": "png"})
	if err != nil {
		return err
	}
	var out struct{ Data string }
	if err := json.Unmarshal(raw, &out); err != nil {
		return err
	}
	png, err := base64.StdEncoding.DecodeString(out.Data)
	if err != nil {
		return err
	}
	return os.WriteFile(file, png, 0o644)
}

// Faults lists exceptions and console errors so far.
func (b *Browser) Faults() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.mu.faults...)
}

// Close ends the browser and all its processes, so that its profile can go.
func (b *Browser) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := b.call(ctx, "Browser.close", nil); err != nil {
		_ = b.cmd.Process.Kill()
	}
	<-b.mute
	_ = b.cmd.Wait()
	_ = b.conn.CloseNow()
	<-b.done
}
