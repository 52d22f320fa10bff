package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

func main() {
	clients := map[string]func(context.Context) error{"pgx": runPgx, "libpq": runLibpq}
	if len(os.Args) != 2 || clients[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: golang pgx|libpq")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := clients[os.Args[1]](ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
