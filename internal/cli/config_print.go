package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
)

// runConfig is leat config print: what leat serve would run with, and why.
func runConfig(_ context.Context, env *environment, args []string) int {
	if len(args) == 0 || args[0] != "print" {
		if len(args) == 0 || args[0] != "--help" && args[0] != "-h" {
			fmt.Fprintln(env.stderr, "leat config: the subcommand is print")
			return exitUsage
		}
	} else {
		args = args[1:]
	}
	fs := env.flags()
	addSettingFlags(fs)
	file := fs.String("config", "", "configuration `FILE`; default ./leat.toml if it exists")
	asJSON := fs.Bool("json", false, "as one JSON object")
	if code, done := env.parse(fs, args); done {
		return code
	}
	if fs.NArg() > 0 {
		fmt.Fprintf(env.stderr, "leat config: unexpected argument %q\n", fs.Arg(0))
		return exitUsage
	}
	s, from, err := traceSettings(fs, env.getenv, *file)
	if err != nil {
		return env.fail(err)
	}
	list := printedSettings(s, from)
	if *asJSON {
		enc := json.NewEncoder(env.stdout)
		enc.SetIndent("", "  ")
		if err := enc.Encode(list); err != nil {
			return env.fail(err)
		}
		return exitOK
	}
	for _, p := range list {
		fmt.Fprintf(env.stdout, "%-16s %-34q %s\n", p.Key, p.Value, p.From)
	}
	return exitOK
}

// printedSetting is one setting with its value and where that comes from.
type printedSetting struct {
	Key         string `json:"key"`
	Value       string `json:"value"`
	From        string `json:"from"`
	Environment string `json:"environment"`
	Help        string `json:"help"`
}

func printedSettings(s settings, from map[string]string) []printedSetting {
	v := reflect.ValueOf(s)
	out := make([]printedSetting, v.NumField())
	for i := range out {
		f := v.Type().Field(i)
		key := f.Tag.Get("toml")
		out[i] = printedSetting{key, v.Field(i).String(), "default", environmentName(key), f.Tag.Get("help")}
		if why, ok := from[key]; ok {
			out[i].From = why
		}
	}
	return out
}
