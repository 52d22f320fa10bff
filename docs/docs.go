// Package docs carries the pages of this folder, so that a server shows them
// without anything beside it.
//
//	docs.go       the embedded pages
//	*.md          the pages; ARCHITECTURE.md is for who works on Leat
//	decisions/    why things are as they are, a page each
//	formats/      the bytes on disk
//
// plan/ is not carried: it is work, not documentation.
package docs

import "embed"

// FS holds the pages.
//
//go:embed *.md decisions/*.md formats/*.md
var FS embed.FS
