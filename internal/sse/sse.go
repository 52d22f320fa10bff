// Package sse reads server-sent events as clients of push queries do.
//
//	sse.go   Read
//
// It knows nothing of queries or tokens.
package sse

import (
	"bufio"
	"io"
	"strings"
)

// Read calls message for every whole message of r, until r ends. data is lent.
func Read(r io.Reader, message func(id, event string, data []string)) {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 4096), 8<<20)
	var id, event string
	var data []string
	for sc.Scan() {
		line := sc.Text()
		switch {
		case line == "":
			message(id, event, data)
			id, event, data = "", "", data[:0]
		case strings.HasPrefix(line, "id: "):
			id = line[4:]
		case strings.HasPrefix(line, "event: "):
			event = line[7:]
		case strings.HasPrefix(line, "data: "):
			data = append(data, line[6:])
		}
	}
}
