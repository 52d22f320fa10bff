package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/leatdb/leat/docs"
)

// pages are the documentation as HTML.
type pages struct {
	list   []page // as the index shows them
	assets map[string]asset
}

// page is one document: name is its path below /docs/ without .md.
type page struct {
	Name, Title, About string
	source             []byte
	node               ast.Node
}

// documentation makes the pages when the first one is asked for.
var documentation = sync.OnceValue(newPages)

func newPages() *pages {
	p := &pages{assets: map[string]asset{}}
	err := fs.WalkDir(docs.FS, ".", func(path string, d fs.DirEntry, err error) error {
		name, ok := strings.CutSuffix(path, ".md")
		if err != nil || d.IsDir() || !ok {
			return err
		}
		b, err := docs.FS.ReadFile(path)
		p.list = append(p.list, page{Name: name, source: b})
		return err
	})
	if err != nil {
		panic("BUG: no documentation: " + err.Error())
	}
	slices.SortFunc(p.list, func(a, b page) int { return strings.Compare(a.place(), b.place()) })
	md := goldmark.New(
		goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))),
		goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithASTTransformers(util.Prioritized(linker{p}, 100))))
	for i := range p.list {
		g := &p.list[i]
		ctx := parser.NewContext()
		ctx.Set(pageName, g.Name)
		g.node = md.Parser().Parse(text.NewReader(g.source), parser.WithContext(ctx))
		g.describe()
	}
	for i := range p.list {
		g := &p.list[i]
		var body bytes.Buffer
		if err := md.Renderer().Render(&body, g.source, g.node); err != nil {
			panic("BUG: documentation " + g.Name + ": " + err.Error())
		}
		p.put(g.Name, g.Title, template.HTML(body.String()))
	}
	p.put("", "Documentation", "")
	return p
}

// place orders pages: the guides, then formats and decisions, what is for
// builders last.
func (g *page) place() string {
	switch {
	case strings.HasPrefix(g.Name, "formats/"):
		return "2" + g.Name
	case strings.HasPrefix(g.Name, "decisions/"):
		return "3" + g.Name
	case g.Name == "ARCHITECTURE":
		return "1"
	}
	return "0" + g.Name
}

// describe takes title and first paragraph from the document.
func (g *page) describe() {
	for n := g.node.FirstChild(); n != nil; n = n.NextSibling() {
		switch n.(type) {
		case *ast.Heading:
			if g.Title == "" {
				g.Title = plain(n, g.source)
			}
		case *ast.Paragraph:
			g.About, _, _ = strings.Cut(plain(n, g.source), ". ")
			return
		}
	}
}

// plain is the text below a node.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the function gives no error
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Segment.Value(source))
			if t.SoftLineBreak() {
				b.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// pageName tells the linker which page it works on.
var pageName = parser.NewContextKey()

// linker makes links of what names another page: [text](other.md) and
// `docs/other.md`.
type linker struct{ p *pages }

// Transform implements parser.ASTTransformer.
func (l linker) Transform(doc *ast.Document, r text.Reader, pc parser.Context) {
	name, _ := pc.Get(pageName).(string)
	var mentions []*ast.CodeSpan
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the function gives no error
		switch n := n.(type) {
		case *ast.Link:
			if entering {
				n.Destination = l.resolve(name, n.Destination)
			}
		case *ast.CodeSpan:
			if _, linked := n.Parent().(*ast.Link); entering && !linked {
				mentions = append(mentions, n)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, n := range mentions {
		target, ok := strings.CutPrefix(plain(n, r.Source()), "docs/")
		if target = strings.TrimSuffix(target, ".md"); !ok || !l.p.has(target) {
			continue
		}
		link := ast.NewLink()
		link.Destination = []byte("/docs/" + target)
		n.Parent().ReplaceChild(n.Parent(), n, link)
		link.AppendChild(link, n)
	}
}

// resolve turns the address of a file beside a page into that of its page.
func (l linker) resolve(from string, to []byte) []byte {
	path, anchor, marked := strings.Cut(string(to), "#")
	name, ok := strings.CutSuffix(path, ".md")
	if !ok || strings.Contains(path, ":") {
		return to
	}
	dir := ""
	if i := strings.LastIndexByte(from, '/'); i >= 0 {
		dir = from[:i+1]
	}
	for strings.HasPrefix(name, "../") {
		name, dir = name[3:], ""
	}
	if !l.p.has(dir + name) {
		return to
	}
	out := "/docs/" + dir + name
	if marked {
		out += "#" + anchor
	}
	return []byte(out)
}

func (p *pages) has(name string) bool {
	return slices.ContainsFunc(p.list, func(g page) bool { return g.Name == name })
}

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{.Title}} · Leat</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/style.css">
<link rel="stylesheet" href="/static/docs.css">
<script type="module" src="/static/docs.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header>
  <a class="brand" href="/"><img src="/static/icon.svg" alt="" width="22" height="22"> Leat</a>
  <nav aria-label="Sections"><a href="/">Console</a><a href="/docs/"{{if not .Name}} aria-current="page"{{end}}>Documentation</a></nav>
</header>
<div class="docs">
<nav aria-label="Pages"><ul class="list">{{range .List}}
<li><a href="/docs/{{.Name}}"{{if eq .Name $.Name}} aria-current="page"{{end}}>{{.Title}}</a></li>{{end}}
</ul></nav>
<main id="main" tabindex="-1">
{{if .Name}}{{.Body}}{{else}}<h1>Documentation</h1>
<dl>{{range .List}}
<dt><a href="/docs/{{.Name}}">{{.Title}}</a></dt><dd>{{.About}}</dd>{{end}}
</dl>{{end}}
</main>
</div>
</body>
</html>
`))

// put keeps the answer for a page.
func (p *pages) put(name, title string, body template.HTML) {
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, struct {
		Name, Title string
		Body        template.HTML
		List        []page
	}{name, title, body, p.list})
	if err != nil {
		panic("BUG: documentation " + name + ": " + err.Error())
	}
	sum := sha256.Sum256(b.Bytes())
	p.assets[name] = asset{b.Bytes(), `"` + hex.EncodeToString(sum[:8]) + `"`, "text/html; charset=utf-8"}
}

// documentPage is GET /docs/{page...}; a name with .md is the page too.
func documentPage(w http.ResponseWriter, r *http.Request) {
	name, old := strings.CutSuffix(r.PathValue("page"), ".md")
	if old {
		http.Redirect(w, r, "/docs/"+name, http.StatusMovedPermanently)
		return
	}
	a, ok := documentation().assets[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	a.send(w, r)
}
