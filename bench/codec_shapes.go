package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"github.com/leatdb/leat/examples"
)

// codecShape is one kind of record, as JSON and as a Go struct.
type codecShape struct {
	name     string
	only     string // the one format it means anything in
	goType   reflect.Type
	json     [][]byte
	newSlots func(n int) slots
}

func shapeOf[T any](name, only string, records [][]byte) *codecShape {
	return &codecShape{name, only, reflect.TypeFor[T](), records, func(n int) slots { return &slotsOf[T]{make([]T, n)} }}
}

// The structs of the shapes, with what may be null behind a pointer.
type (
	timedBid struct {
		Auction int64     `json:"auction" avro:"auction"`
		Bidder  int64     `json:"bidder" avro:"bidder"`
		Price   int64     `json:"price" avro:"price"`
		Channel string    `json:"channel" avro:"channel"`
		URL     string    `json:"url" avro:"url"`
		At      time.Time `json:"date_time" avro:"date_time"`
		Extra   string    `json:"extra" avro:"extra"`
	}
	textBid struct {
		Auction int64  `json:"auction" avro:"auction"`
		Bidder  int64  `json:"bidder" avro:"bidder"`
		Price   int64  `json:"price" avro:"price"`
		Channel string `json:"channel" avro:"channel"`
		URL     string `json:"url" avro:"url"`
		At      string `json:"date_time" avro:"date_time"`
		Extra   string `json:"extra" avro:"extra"`
	}
	quake struct {
		ID        string    `json:"id" avro:"id"`
		At        time.Time `json:"event_time" avro:"event_time"`
		Updated   time.Time `json:"updated_at" avro:"updated_at"`
		Mag       *float64  `json:"mag" avro:"mag"`
		MagType   *string   `json:"mag_type" avro:"mag_type"`
		Place     string    `json:"place" avro:"place"`
		Net       string    `json:"net" avro:"net"`
		Status    string    `json:"status" avro:"status"`
		Type      string    `json:"type" avro:"type"`
		Longitude float64   `json:"longitude" avro:"longitude"`
		Latitude  float64   `json:"latitude" avro:"latitude"`
		Depth     float64   `json:"depth_km" avro:"depth_km"`
		Nst       *int32    `json:"nst" avro:"nst"`
		Gap       *float64  `json:"gap" avro:"gap"`
		Rms       *float64  `json:"rms" avro:"rms"`
		Felt      *int32    `json:"felt" avro:"felt"`
		Tsunami   int32     `json:"tsunami" avro:"tsunami"`
		Sig       int32     `json:"sig" avro:"sig"`
	}
	edit struct {
		ID        int64   `json:"edit_id" avro:"edit_id"`
		At        string  `json:"event_time" avro:"event_time"`
		Channel   string  `json:"channel" avro:"channel"`
		Namespace string  `json:"namespace" avro:"namespace"`
		Page      string  `json:"page" avro:"page"`
		User      string  `json:"user" avro:"user"`
		Robot     bool    `json:"is_robot" avro:"is_robot"`
		Anonymous bool    `json:"is_anonymous" avro:"is_anonymous"`
		New       bool    `json:"is_new" avro:"is_new"`
		Minor     bool    `json:"is_minor" avro:"is_minor"`
		Country   *string `json:"country" avro:"country"`
		Added     int64   `json:"added" avro:"added"`
		Deleted   int64   `json:"deleted" avro:"deleted"`
		Delta     int64   `json:"delta" avro:"delta"`
	}
	reading struct {
		Sensor int64   `json:"sensor" avro:"sensor"`
		Seq    int32   `json:"seq" avro:"seq"`
		X      float64 `json:"x" avro:"x"`
		Y      float64 `json:"y" avro:"y"`
		Z      float64 `json:"z" avro:"z"`
		Temp   float64 `json:"temp" avro:"temp"`
		OK     bool    `json:"ok" avro:"ok"`
	}
	order struct {
		ID       int64             `json:"id" avro:"id"`
		Customer customer          `json:"customer" avro:"customer"`
		Items    []item            `json:"items" avro:"items"`
		Tags     []string          `json:"tags" avro:"tags"`
		Scores   []float64         `json:"scores" avro:"scores"`
		Props    map[string]string `json:"props" avro:"props"`
		Counts   map[string]int64  `json:"counts" avro:"counts"`
	}
	customer struct {
		ID    int64  `json:"id" avro:"id"`
		Name  string `json:"name" avro:"name"`
		Email string `json:"email" avro:"email"`
	}
	item struct {
		Sku   string  `json:"sku" avro:"sku"`
		Count int32   `json:"count" avro:"count"`
		Price float64 `json:"price" avro:"price"`
	}
	article struct {
		ID     int64  `json:"id" avro:"id"`
		Title  string `json:"title" avro:"title"`
		Author string `json:"author" avro:"author"`
		Body   string `json:"body" avro:"body"`
	}
)

// shapeRecords is the records of a shape that are made, not read.
const shapeRecords = 4096

// codecShapes are the shapes; data is the folder of the real records, or "".
func codecShapes(data string) ([]*codecShape, error) {
	bids := bidLines()
	quakes, err := examples.FS.ReadFile("earthquakes.jsonl")
	if err != nil {
		return nil, fmt.Errorf("read the real records: %w", err)
	}
	out := []*codecShape{
		shapeOf[timedBid]("bid", "", bids),
		shapeOf[textBid]("bid, time as text", "", bids),
		shapeOf[timedBid]("bid, any order, unknown fields", "json", shuffled(bids)),
		shapeOf[quake]("quake", "", splitLines(quakes)),
		shapeOf[reading]("reading", "", made(newReading)),
		shapeOf[order]("order, nested", "", made(newOrder)),
		shapeOf[article]("article, plain", "", made(newArticle)),
		shapeOf[article]("article, escapes", "json", articleLines()),
	}
	if data == "" {
		return out, nil
	}
	edits, err := os.ReadFile(filepath.Join(data, "wiki_edits.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("read the real records: %w", err)
	}
	return append(out, shapeOf[edit]("edit", "", splitLines(edits))), nil
}

func splitLines(p []byte) [][]byte {
	return bytes.Split(bytes.TrimSpace(p), []byte{'\n'})
}

// made draws records and writes them as encoding/json does.
func made[T any](draw func(*generator) T) [][]byte {
	g := &generator{state: 7}
	out := make([][]byte, shapeRecords)
	for i := range out {
		p, err := json.Marshal(draw(g))
		if err != nil {
			panic("BUG: a benchmark's record cannot be written: " + err.Error())
		}
		out[i] = p
	}
	return out
}

func bidLines() [][]byte {
	var l line
	for _, b := range Generate(shapeRecords*50/46, 1).Bids {
		b.line(&l)
	}
	return splitLines(l.b)
}
