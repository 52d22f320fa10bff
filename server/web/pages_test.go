package web

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	hrefs = regexp.MustCompile(`href="([^"]*)"`)
	ids   = regexp.MustCompile(`id="([^"]*)"`)
)

// Every page of docs/ is served, under the console's policy, with tables, without
// inline code, and every link between pages leads to something.
func TestDocumentation(t *testing.T) {
	f := open(t)
	var names []string
	for _, pattern := range []string{"*.md", "formats/*.md", "decisions/*.md"} {
		found, err := filepath.Glob("../../docs/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(path), "../../docs/"), ".md"))
		}
	}
	if len(names) < 20 {
		t.Fatalf("%d pages", len(names))
	}
	bodies := map[string]string{}
	for _, name := range append(names, "") {
		code, body, h := f.do("GET", "/docs/"+name, "")
		if code != http.StatusOK || h.Get("Content-Security-Policy") != policy || !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
			t.Errorf("%q: %d %v", name, code, h)
		}
		if strings.Contains(body, "<script>") || strings.Contains(body, " style=") || strings.Contains(body, "<!-- raw HTML omitted -->") {
			t.Errorf("%q holds inline code, or HTML that was left out", name)
		}
		bodies["/docs/"+name] = body
		if code, _, _ := f.do("GET", "/docs/"+name, "", "If-None-Match: "+h.Get("ETag")); code != http.StatusNotModified {
			t.Errorf("%q again: %d", name, code)
		}
	}
	checkLinks(t, bodies)
	if sql := bodies["/docs/sql"]; !strings.Contains(sql, "<table>") || !strings.Contains(sql, `<h2 id="types">`) || !strings.Contains(sql, `<code class="language-sql">`) {
		t.Error("the SQL reference lacks tables, headings or examples")
	}
	if !strings.Contains(bodies["/docs/sql"], `<a href="/docs/psql"><code>docs/psql.md</code></a>`) {
		t.Error("the mention of a page is no link")
	}
	if code, _, h := f.do("GET", "/docs/nothing", ""); code != http.StatusNotFound {
		t.Errorf("a page that is not there: %d %v", code, h)
	}
	if _, page, _ := f.do("GET", "/", ""); !strings.Contains(page, `href="/docs/"`) {
		t.Error("the console does not lead to the documentation")
	}
	if _, err := os.Stat("../../docs/plan"); err == nil {
		if code, _, _ := f.do("GET", "/docs/plan/5", ""); code != http.StatusNotFound {
			t.Errorf("work in progress is served: %d", code)
		}
	}
}

// checkLinks follows every link between pages to its heading.
func checkLinks(t *testing.T, bodies map[string]string) {
	t.Helper()
	links := 0
	for from, body := range bodies {
		for _, m := range hrefs.FindAllStringSubmatch(body, -1) {
			if strings.HasSuffix(m[1], ".md") {
				t.Errorf("%s: link to the file %s", from, m[1])
			}
			path, anchor, _ := strings.Cut(m[1], "#")
			if path == "" {
				path = from
			}
			if !strings.HasPrefix(path, "/docs/") {
				continue
			}
			links++
			to, ok := bodies[path]
			if !ok {
				t.Errorf("%s: link to %s, which is no page", from, path)
				continue
			}
			found := anchor == ""
			for _, id := range ids.FindAllStringSubmatch(to, -1) {
				found = found || id[1] == anchor
			}
			if !found {
				t.Errorf("%s: %s has no heading #%s", from, path, anchor)
			}
		}
	}
	if links < 100 {
		t.Errorf("%d links", links)
	}
}
