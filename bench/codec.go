package bench

import (
	"fmt"
	"math"
	"reflect"
	"runtime"
	"slices"
	"time"
)

// CodecOptions say which formats are measured and how long.
type CodecOptions struct {
	Formats []string // json, avro, protobuf; nil is all
	Records int      // records a lap and contender
	Rounds  int      // laps of each contender, at least 5
	Data    string   // folder of the real records, where there is one
	Shapes  []string // names of shapes; nil is all
}

// contender is one way to decode or to encode the records of a shape.
type contender struct {
	name string
	lap  func() error          // all records once
	rows func() ([]any, error) // the same work, with what came out in plain Go
}

// codecRun collects one format and direction.
type codecRun struct {
	o      CodecOptions
	report *Report
	ratios []float64
	least  float64
	worst  string
}

// Codec measures the decoders and encoders of records beside the libraries that
// Go programs use, in turns, over the same bytes; all have to agree on every
// value before a clock runs. Rows are CPU ns a record, medians.
func Codec(o CodecOptions) (*Report, error) {
	o.Rounds = max(o.Rounds, 5)
	if len(o.Formats) == 0 {
		o.Formats = []string{"json", "avro", "protobuf"}
	}
	r := &Report{Name: "codec"}
	defer runtime.KeepAlive(newBallast())
	shapes, err := codecShapes(o.Data)
	if err != nil {
		return nil, err
	}
	for _, f := range o.Formats {
		build, known := map[string]func(*codecShape) (*race, error){"json": raceJSON, "avro": raceAvro, "protobuf": raceProtobuf}[f]
		if !known {
			return nil, fmt.Errorf("there is no codec %q: json, avro and protobuf are measured", f)
		}
		if err := codecFormat(o, r, f, shapes, build); err != nil {
			return nil, err
		}
	}
	r.note("CPU ns a record, medians of %d laps of %d records, in turns; decoded into vectors here, into structs there", o.Rounds, o.Records)
	r.note("ratio: the faster library's time over leat's in the same round, median")
	if sonicJSON() == nil {
		r.note("without github.com/bytedance/sonic: go run -tags sonic . bench codec has it (5 MB and 3 ms of start more)")
	}
	if o.Data == "" {
		r.note("without the real records: there is no ../shared/data")
	}
	return r, nil
}

// newBallast is memory that is never touched. With it in use the runtime keeps
// what a lap frees rather than giving it back to the system, so that laps write
// to the same pages: the first touch of one costs as much as ten records.
func newBallast() []byte { return make([]byte, 512<<20) }

func codecFormat(o CodecOptions, r *Report, format string, shapes []*codecShape, build func(*codecShape) (*race, error)) error {
	decode, encode := &codecRun{o: o, report: r}, &codecRun{o: o, report: r}
	for _, s := range shapes {
		if s.only != "" && s.only != format || len(o.Shapes) > 0 && !slices.Contains(o.Shapes, s.name) {
			continue
		}
		x, err := build(s)
		if err != nil {
			return fmt.Errorf("%s %s: %w", format, s.name, err)
		}
		if err := decode.shape(format+" decode "+s.name, x.bytes, x.decode); err != nil {
			return err
		}
		if len(x.encode) == 0 {
			continue
		}
		if err := encode.shape(format+" encode "+s.name, x.bytes, x.encode); err != nil {
			return err
		}
	}
	decode.summary(format + " decode, geometric mean")
	encode.summary(format + " encode, geometric mean")
	return nil
}

// race is what a shape is in one format. The first contender is ours.
type race struct {
	bytes          [][]byte
	decode, encode []contender
}

// shape checks that all agree, and measures them in turns.
func (c *codecRun) shape(name string, records [][]byte, list []contender) error {
	if err := agree(list); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	took, err := c.laps(len(records), list)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	size := 0
	for _, p := range records {
		size += len(p)
	}
	figures := []Figure{{"bytes", math.Round(float64(size) / float64(len(records))), ""}}
	ratio := math.Inf(1)
	for i, x := range list {
		if i > 0 {
			ratio = min(ratio, ratioOf(took[i], took[0]))
		}
		figures = append(figures, Figure{x.name, float64(median(slices.Clone(took[i]))), "ns"})
	}
	if c.ratios = append(c.ratios, ratio); c.least == 0 || ratio < c.least {
		c.least, c.worst = ratio, name
	}
	c.report.add(name, append(figures, Figure{"ratio", ratio, ""})...)
	return nil
}

// ratioOf is the median over the rounds of theirs over ours: a neighbour on the
// machine slows both of a round.
func ratioOf(theirs, ours []time.Duration) float64 {
	all := make([]float64, len(ours))
	for i := range all {
		all[i] = float64(theirs[i]) / float64(max(ours[i], 1))
	}
	return median(all)
}

// laps gives the CPU time a record of each contender, by round.
func (c *codecRun) laps(n int, list []contender) ([][]time.Duration, error) {
	times := max(1, c.o.Records/n)
	took := make([][]time.Duration, len(list))
	for range c.o.Rounds {
		for i, x := range list {
			settleMemory()
			w := startWatch()
			for range times {
				if err := x.lap(); err != nil {
					return nil, fmt.Errorf("%s: %w", x.name, err)
				}
			}
			took[i] = append(took[i], w.spent().cpu/time.Duration(n*times))
		}
	}
	return took, nil
}

func (c *codecRun) summary(name string) {
	if len(c.ratios) == 0 {
		return
	}
	sum := 0.0
	for _, x := range c.ratios {
		sum += math.Log(x)
	}
	c.report.add(name, Figure{"ratio", math.Exp(sum / float64(len(c.ratios))), ""})
	c.report.note("least: %s, %.2f", c.worst, c.least)
}

// agree lets all contenders do their work once and compares what came out.
func agree(list []contender) error {
	var want []any
	for i, x := range list {
		got, err := x.rows()
		if err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
		if i == 0 {
			want = got
		}
		if err := sameRows(got, want); err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
	}
	return nil
}

// sameRows compares what two contenders made of the records.
func sameRows(got, want []any) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d rows, leat has %d", len(got), len(want))
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			return fmt.Errorf("row %d is %v, leat has %v", i, got[i], want[i])
		}
	}
	return nil
}
