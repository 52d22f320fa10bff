package bench

import (
	"os"
	"testing"
)

// TestCodecsAgree lets every decoder and encoder of the benchmark give the same
// values for every record of every shape.
func TestCodecsAgree(t *testing.T) {
	data := "../../shared/data"
	if _, err := os.Stat(data); err != nil {
		data = ""
	}
	shapes, err := codecShapes(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range shapes {
		s.json = s.json[:min(len(s.json), 1500)]
		for format, build := range map[string]func(*codecShape) (*race, error){"json": raceJSON, "avro": raceAvro, "protobuf": raceProtobuf} {
			if s.only != "" && s.only != format {
				continue
			}
			x, err := build(s)
			if err != nil {
				t.Fatalf("%s %s: %v", format, s.name, err)
			}
			for _, list := range [][]contender{x.decode, x.encode} {
				if err := agree(list); err != nil {
					t.Errorf("%s %s: %v", format, s.name, err)
				}
			}
		}
	}
}
