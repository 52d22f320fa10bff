package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed static
var static embed.FS

// asset is one file of the console.
type asset struct {
	body       []byte
	etag, kind string
}

// assets are the console's files by name.
type assets struct{ files map[string]asset }

func newAssets() *assets {
	a := &assets{files: map[string]asset{}}
	entries, err := fs.ReadDir(static, "static")
	if err != nil {
		panic("BUG: no console: " + err.Error())
	}
	for _, e := range entries {
		b, err := static.ReadFile("static/" + e.Name())
		if err != nil {
			panic("BUG: no console: " + err.Error())
		}
		sum := sha256.Sum256(b)
		kind := mime.TypeByExtension(path.Ext(e.Name()))
		if strings.HasSuffix(e.Name(), ".js") {
			kind = "text/javascript; charset=utf-8"
		}
		a.files[e.Name()] = asset{b, `"` + hex.EncodeToString(sum[:8]) + `"`, kind}
	}
	return a
}

// index is GET /: the console's page.
func (a *assets) index(w http.ResponseWriter, r *http.Request) { a.send(w, r, "index.html") }

// file is GET /static/{name}.
func (a *assets) file(w http.ResponseWriter, r *http.Request) { a.send(w, r, r.PathValue("name")) }

func (a *assets) send(w http.ResponseWriter, r *http.Request, name string) {
	f, ok := a.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	f.send(w, r)
}

// send answers with a file, or that the client has it.
func (f asset) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("ETag", f.etag)
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", f.kind)
	if strings.Contains(r.Header.Get("If-None-Match"), f.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(f.body) // a client that is gone needs nothing
}
