package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/lib/pq"
)

var (
	slug  = os.Getenv("LEAT_CLIENT")
	kinds = "kinds_" + slug
	items = "items_" + slug
	pairs = "pairs_" + slug
	tail  = "SELECT id, word FROM tail_" + slug + " EMIT CHANGES"
)

// say prints one line for the runner.
func say(words ...any) {
	fmt.Println("@", strings.ReplaceAll(strings.TrimSuffix(fmt.Sprintln(words...), "\n"), "\n", " "))
}

// cell runs one cell and reports it.
func cell(name string, try func() error) {
	if err := try(); err != nil {
		say("fail", name, err)
		return
	}
	say("ok", name)
}

// texts are the columns of the round trip with their texts in rows 1 and 2.
func texts() (columns []string, rows [2][]string) {
	var all [][3]string
	if err := json.Unmarshal([]byte(os.Getenv("LEAT_KINDS")), &all); err != nil {
		panic("BUG: LEAT_KINDS: " + err.Error())
	}
	for _, c := range all {
		columns = append(columns, c[0])
		rows[0] = append(rows[0], c[1])
		rows[1] = append(rows[1], c[2])
	}
	return columns, rows
}

// version is the module's in the build.
func version(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, d := range info.Deps {
		if d.Path == module {
			return strings.TrimPrefix(d.Version, "v")
		}
	}
	return "unknown"
}

func same(got, want any, what string) error {
	if reflect.DeepEqual(got, want) {
		return nil
	}
	return fmt.Errorf("%s: got %#v, want %#v", what, got, want)
}

// state is an error's SQLSTATE.
func state(err error) string {
	var a *pgconn.PgError
	var b *pq.Error
	switch {
	case errors.As(err, &a):
		return a.Code
	case errors.As(err, &b):
		return string(b.Code)
	}
	return ""
}

// fails wants an error with a SQLSTATE.
func fails(code string, err error) error {
	if err == nil || state(err) != code {
		return fmt.Errorf("got %v, want SQLSTATE %s", err, code)
	}
	return nil
}

// first is the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
