package ksqltest

import (
	"sync"

	"github.com/leatdb/leat/sql/fn"
)

// functions are the built-in ones and those that the cases bring along.
var functions = sync.OnceValue(func() *fn.Registry { return fn.Builtins() })
