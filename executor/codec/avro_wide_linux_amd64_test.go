package codec

import (
	"math/rand/v2"
	"os"
	"syscall"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
)

// TestWideStepsKeepToThePage puts records right before a page that must not be
// touched: to look there ends the program.
func TestWideStepsKeepToThePage(t *testing.T) {
	size := os.Getpagesize()
	pages, err := syscall.Mmap(-1, 0, 2*size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mprotect(pages[size:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(300) {
		x := newAvroDraw(rand.New(rand.NewPCG(seed, 3)))
		rel := relation(x.cols...)
		rel.KeyFormat, rel.ValueFormat = catalog.Format{Name: "NONE"}, catalog.Format{Name: "AVRO"}
		var d [2]*Decoder
		for i := range d {
			if d[i], err = NewRelationDecoder(rel, nil); err != nil {
				t.Fatal(err)
			}
			d[i].Use(oneSchema{parsed(t, schema.Avro, x.schema), 1})
		}
		d[1].direct = nil
		for _, p := range x.records(20, &[]byte{7, 0, 9, 0xff, 3, 16}) {
			if len(p) > size {
				continue
			}
			atEnd := pages[size-len(p) : size : size]
			copy(atEnd, p)
			sameLines(t, x.schema, decodedBatch(d[0], [][]byte{atEnd}), decodedBatch(d[1], [][]byte{p}))
		}
	}
	if err := syscall.Munmap(pages); err != nil {
		t.Fatal(err)
	}
}
