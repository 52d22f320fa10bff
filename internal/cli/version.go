package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
)

// Version is the release; a build may set it with -ldflags.
var Version = "0.1.0"

type versionInfo struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func runVersion(_ context.Context, env *environment, args []string) int {
	fs := env.flags()
	asJSON := fs.Bool("json", false, "print as JSON")
	if code, done := env.parse(fs, args); done {
		return code
	}
	v := versionInfo{Version: Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if bi, ok := debug.ReadBuildInfo(); ok {
		for _, s := range bi.Settings {
			if s.Key == "vcs.revision" {
				v.Revision = s.Value
			}
		}
	}
	if *asJSON {
		b, err := json.Marshal(v)
		if err != nil {
			return env.fail(err)
		}
		fmt.Fprintln(env.stdout, string(b))
		return exitOK
	}
	fmt.Fprintf(env.stdout, "leat %s (%s, %s)\n", v.Version, v.Go, v.Platform)
	return exitOK
}
