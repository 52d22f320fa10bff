package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// walker is a person at the console.
type walker struct {
	*testing.T
	ctx  context.Context
	b    *Browser
	base string
	dir  string // of the pictures
}

func (w *walker) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *walker) await(condition string) {
	w.Helper()
	w.must(w.b.Await(w.ctx, condition))
}

func (w *walker) shot(name string) {
	w.Helper()
	w.must(w.b.Shot(w.ctx, filepath.Join(w.dir, name+".png")))
}

// run types a statement and presses Run.
func (w *walker) run(sql string) {
	w.Helper()
	w.must(w.b.Type(w.ctx, "textarea", sql))
	w.must(w.b.Click(w.ctx, "button.main"))
}

func (w *walker) post(path, body string) {
	w.Helper()
	resp, err := http.Post(w.base+path, "text/plain", strings.NewReader(body))
	w.must(err)
	defer func() { _ = resp.Body.Close() }()
	var text bytes.Buffer
	_, err = text.ReadFrom(resp.Body)
	w.must(err)
	if resp.StatusCode != http.StatusOK {
		w.Fatalf("%s: %s", path, text.String())
	}
}

// TestConsole is a person's walk through the console: an error with its caret,
// rows that move, a chart, a saved dashboard, the graph; then 5,000 rows a
// second at 30 frames or more. Pictures stay in $LEAT_ARTEFACTS.
func TestConsole(t *testing.T) {
	path := FindBrowser()
	if path == "" {
		t.Skip("chromium is not installed")
	}
	n, ctx := start(t)
	w := &walker{T: t, ctx: ctx, dir: os.Getenv("LEAT_ARTEFACTS")}
	if w.dir == "" {
		w.dir = t.TempDir()
	}
	var err error
	w.base = "http://" + n.HTTP
	w.b, err = StartBrowser(ctx, path, t.TempDir())
	w.must(err)
	defer w.b.Close()
	w.post("/v1/sql", "CREATE STREAM clicks (page TEXT, n INT); CREATE TABLE pages AS SELECT page, count(*) AS hits FROM clicks GROUP BY page")

	w.must(w.b.Open(ctx, w.base+"/"))
	w.await(`document.querySelector('textarea')`)
	w.run("SELECT page,\n  nope FROM clicks")
	w.await(`document.querySelector('.problem') && document.querySelector('.here').textContent === 'nope' &&
		document.activeElement.selectionStart === 15`)
	w.shot("error")
	w.run("SELECT page, hits FROM pages EMIT CHANGES")
	w.await(`document.querySelector('#link').textContent === 'live'`)
	for i := range 3 {
		w.post("/v1/insert/clicks", fmt.Sprintf(`[{"page":"/home","n":%d},{"page":"/about","n":1}]`, i))
		w.await(fmt.Sprintf(`[...document.querySelectorAll('tbody td.n')].some((c) => c.textContent === '%d')`, i+1))
	}
	w.shot("rows")
	w.must(w.b.Type(ctx, "select", "bar"))
	w.await(`document.querySelector('canvas')?.getAttribute('aria-label')?.startsWith('bar chart of hits by page')`)
	_, err = w.b.Eval(ctx, `window.prompt = (_, v) => v`)
	w.must(err)
	w.must(w.b.Click(ctx, ".bar button:last-of-type"))
	w.await(`location.hash === '#/dashboards/main' && document.querySelector('.panel canvas')`)
	w.must(w.b.Open(ctx, w.base+"/?again#/dashboards/main"))
	w.await(`document.querySelector('.panel canvas')?.getAttribute('aria-label')?.endsWith('2 rows seen')`)
	w.shot("dashboard")
	w.must(w.b.Open(ctx, w.base+"/#/graph"))
	w.await(`document.querySelectorAll('svg.graph a').length === 3 && document.querySelectorAll('svg.graph path').length === 2`)
	w.shot("graph")
	for _, page := range []string{"sources/clicks", "jobs/CTAS_pages_0", "errors"} {
		w.must(w.b.Open(ctx, w.base+"/#/"+page))
		w.await(`document.querySelector('main h1') && !document.querySelector('.problem')`)
	}
	w.frames()
	if faults := w.b.Faults(); len(faults) > 0 {
		t.Errorf("the page had errors: %s", strings.Join(faults, "\n"))
	}
}

// frames counts frames while 5,000 rows a second come. What else the machine does
// takes frames away, so the best of three times counts.
func (w *walker) frames() {
	w.Helper()
	w.must(w.b.Open(w.ctx, w.base+"/#/query"))
	w.await(`document.querySelector('textarea')`)
	w.run("SELECT page, n FROM clicks EMIT CHANGES")
	w.await(`document.querySelector('main').textContent.includes('Waiting for rows') || document.querySelector('main table')`)
	var rows strings.Builder
	for i := range 500 {
		fmt.Fprintf(&rows, "{\"page\":\"/p%d\",\"n\":%d}\n", i%7, i)
	}
	ctx, stop := context.WithCancel(w.ctx)
	var feeding sync.WaitGroup
	feeding.Add(1)
	go func() {
		defer feeding.Done()
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			resp, err := http.Post(w.base+"/v1/insert/clicks", "application/x-ndjson", strings.NewReader(rows.String()))
			if err != nil {
				w.Error(err)
				return
			}
			_ = resp.Body.Close()
		}
	}()
	var fps float64
	for try := 0; try < 3 && fps < 30; try++ {
		v, err := w.b.Eval(w.ctx, `new Promise((done) => {
			let n = 0; const begin = performance.now();
			const next = () => { n++; const ms = performance.now() - begin; ms < 3000 ? requestAnimationFrame(next) : done(n * 1000 / ms); };
			next();
		})`)
		w.must(err)
		fps, _ = v.(float64)
		w.Logf("%.0f frames a second", fps)
	}
	stop()
	feeding.Wait()
	w.shot("rows-fast")
	if fps < 30 {
		w.Error("never 30 frames a second")
	}
}
