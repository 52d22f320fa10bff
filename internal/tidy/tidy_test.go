package tidy

import (
	"strings"
	"testing"
)

func load(t *testing.T) *Tree {
	t.Helper()
	tree, err := Load("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Files) < 50 {
		t.Fatalf("found %d Go files; the walk lost the repository", len(tree.Files))
	}
	return tree
}

func report(t *testing.T, findings []string) {
	t.Helper()
	if len(findings) > 0 {
		t.Errorf("%d findings:\n%s", len(findings), strings.Join(findings, "\n"))
	}
}

func TestHouse(t *testing.T) {
	tree := load(t)
	t.Run("imports", func(t *testing.T) { report(t, Imports(tree)) })
	t.Run("banned", func(t *testing.T) { report(t, Banned(tree)) })
	t.Run("comments", func(t *testing.T) { report(t, Comments(tree)) })
	t.Run("fuzz", func(t *testing.T) { report(t, Fuzz(tree)) })
	t.Run("exported", func(t *testing.T) { report(t, Exported(tree)) })
	t.Run("sizes", func(t *testing.T) {
		out, err := Sizes(tree)
		if err != nil {
			t.Fatal(err)
		}
		report(t, out)
	})
	t.Run("docs", func(t *testing.T) {
		out, err := DocPaths(tree)
		if err != nil {
			t.Fatal(err)
		}
		report(t, out)
	})
}

// TestChecksCanFail holds every check against a tree that breaks it.
func TestChecksCanFail(t *testing.T) {
	bad, err := Load("testdata/bad")
	if err != nil {
		t.Fatal(err)
	}
	for name, found := range map[string][]string{
		"imports":  Imports(bad),
		"banned":   Banned(bad),
		"comments": Comments(bad),
		"exported": Exported(bad),
		"fuzz":     Fuzz(bad),
	} {
		if len(found) == 0 {
			t.Errorf("check %s found nothing in a tree that breaks it", name)
		}
	}
	if len(Oversize(bad)) != 1 {
		t.Errorf("sizes: want the one long function, got %v", Oversize(bad))
	}
	docs, err := DocPaths(bad)
	if err != nil || len(docs) != 1 {
		t.Errorf("docs: want one missing path, got %v, %v", docs, err)
	}
}
