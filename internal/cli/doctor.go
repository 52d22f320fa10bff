package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Verdicts of a check.
const (
	verdictOK   = "ok"
	verdictNote = "note" // worth knowing
	verdictWarn = "warn" // works, but not as it should
	verdictFail = "fail" // a start is refused, or data is damaged
)

// finding is the outcome of one check.
type finding struct {
	Verdict string `json:"verdict"`
	Check   string `json:"check"`
	Detail  string `json:"detail"`
}

// doctor looks at a machine and a data directory, and changes neither.
type doctor struct {
	s        settings
	fs       vfs.FS
	findings []finding
	busy     bool // another process has the data directory open
	absent   bool // there is no data directory yet
}

func (d *doctor) say(verdict, check, format string, args ...any) {
	d.findings = append(d.findings, finding{verdict, check, fmt.Sprintf(format, args...)})
}

// runDoctor prints the checks; exit code 1 when one has failed.
func runDoctor(_ context.Context, env *environment, args []string) int {
	fs := env.flags()
	addSettingFlags(fs)
	file := fs.String("config", "", "configuration `FILE`; default ./leat.toml if it exists")
	asJSON := fs.Bool("json", false, "as one JSON list")
	ready := fs.Bool("ready", false, "only ask the running server whether it is ready")
	if code, done := env.parse(fs, args); done {
		return code
	}
	if fs.NArg() > 0 {
		fmt.Fprintf(env.stderr, "leat doctor: unexpected argument %q\n", fs.Arg(0))
		return exitUsage
	}
	d := &doctor{fs: vfs.Default}
	s, from, err := traceSettings(fs, env.getenv, *file)
	if err != nil {
		d.say(verdictFail, "settings", "%v", err)
	} else {
		d.s = s
		if *ready {
			d.ready()
		} else {
			d.examine(len(from))
		}
	}
	if err := d.print(env.stdout, *asJSON); err != nil {
		return env.fail(err)
	}
	if d.count(verdictFail) > 0 {
		return exitFailed
	}
	return exitOK
}

// examine runs all checks, cheap ones first. given is how many settings are not
// defaults.
func (d *doctor) examine(given int) {
	d.versions()
	d.settings(given)
	d.limits()
	d.clock()
	d.directory()
	d.space()
	d.sync()
	d.ports()
	d.log()
	d.checkpoints()
	d.audit()
}

func (d *doctor) count(verdict string) int {
	n := 0
	for _, f := range d.findings {
		if f.Verdict == verdict {
			n++
		}
	}
	return n
}

func (d *doctor) print(w io.Writer, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(d.findings)
	}
	for _, f := range d.findings {
		if _, err := fmt.Fprintf(w, "[%-4s] %-16s %s\n", f.Verdict, f.Check, f.Detail); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%d checks, %d failed, %d warnings\n", len(d.findings), d.count(verdictFail), d.count(verdictWarn))
	return err
}
