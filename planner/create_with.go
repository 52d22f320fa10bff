package planner

import (
	"sort"
	"strconv"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// properties are the values of WITH (...), by upper-case name.
type properties struct {
	b    *binder
	vals map[string]string
	pos  map[string]int
}

// knownProperties lists what WITH takes; true: in CREATE ... AS too.
var knownProperties = map[string]bool{
	"KAFKA_TOPIC": true, "TOPIC": true, "PARTITIONS": true, "REPLICAS": true, "RETENTION_MS": true, "RETENTION": true,
	"FORMAT": true, "KEY_FORMAT": true, "VALUE_FORMAT": true, "KEY_SCHEMA_ID": true, "VALUE_SCHEMA_ID": true,
	"KEY_SCHEMA_FULL_NAME": true, "VALUE_SCHEMA_FULL_NAME": true, "VALUE_AVRO_SCHEMA_FULL_NAME": true,
	"KEY_DELIMITER": true, "VALUE_DELIMITER": true, "WRAP_SINGLE_VALUE": true,
	"KEY_PROTOBUF_NULLABLE_REPRESENTATION": true, "VALUE_PROTOBUF_NULLABLE_REPRESENTATION": true,
	"TIMESTAMP": true, "TIMESTAMP_FORMAT": true, "WINDOW_TYPE": false, "WINDOW_SIZE": false, "SOURCE_CONNECTOR": false,
	"ON_ERROR": true, "COMPATIBILITY": true, "START": true, "IDLE_TIMEOUT": true,
}

// properties reads a WITH clause; derived: of CREATE ... AS.
func (b *binder) properties(with []sql.Property, derived bool) *properties {
	p := &properties{b: b, vals: map[string]string{}, pos: map[string]int{}}
	var unknown []sql.Name
	for _, w := range with {
		name := strings.ToUpper(w.Name.Text)
		inDerived, known := knownProperties[name]
		if !known || (derived && !inDerived) || (name == "IDLE_TIMEOUT" && (b.ksql || !derived)) {
			unknown = append(unknown, w.Name)
			continue
		}
		if name == "TOPIC" {
			name = "KAFKA_TOPIC"
		}
		if _, dup := p.vals[name]; dup {
			fail(sqlerr.New(sqlerr.SyntaxError, "property %q specified more than once", w.Name.Text).At(w.Name.Pos))
		}
		p.pos[name] = w.Name.Pos
		p.vals[name] = b.propertyText(w)
	}
	if len(unknown) > 0 {
		p.unknown(unknown)
	}
	return p
}

func (p *properties) unknown(all []sql.Name) {
	at := all[0]
	name := strings.ToUpper(at.Text)
	if p.b.ksql && name == "CLEANUP_POLICY" {
		fail(sqlerr.New(sqlerr.InvalidParameterValue, "Invalid config variable in the WITH clause: CLEANUP_POLICY. Topics of streams are deleted from, those of tables compacted.").At(at.Pos))
	}
	if p.b.ksql {
		list := make([]string, len(all))
		for i, n := range all {
			list[i] = strings.ToUpper(n.Text)
		}
		fail(sqlerr.New(sqlerr.InvalidParameterValue, "Invalid config variable(s) in the WITH clause: %s", strings.Join(list, ",")).At(at.Pos))
	}
	var names []string
	for n := range knownProperties {
		names = append(names, strings.ToLower(n))
	}
	sort.Strings(names)
	err := sqlerr.New(sqlerr.InvalidParameterValue, "unrecognized property %q", at.Text)
	if near := nearest(strings.ToLower(name), names); near != "" {
		err.WithHint("Perhaps you meant %q.", near)
	}
	fail(err.At(at.Pos))
}

// propertyText is a property's value as text.
func (b *binder) propertyText(w sql.Property) string {
	switch v := w.Value.(type) {
	case *sql.String:
		return v.Value
	case *sql.Number:
		return v.Text
	case *sql.Bool:
		return strconv.FormatBool(v.Value)
	case *sql.ColumnRef:
		if len(v.Parts) == 1 {
			return v.Parts[0].Text
		}
	case *sql.Unary:
		if n, ok := v.X.(*sql.Number); ok && v.Op == "-" {
			return "-" + n.Text
		}
	}
	fail(sqlerr.New(sqlerr.InvalidParameterValue, "the value of property %q is not a literal", w.Name.Text).At(w.Name.Pos))
	return ""
}

func (p *properties) has(name string) bool { _, ok := p.vals[name]; return ok }

func (p *properties) bad(name, format string, args ...any) {
	fail(sqlerr.New(sqlerr.InvalidParameterValue, format, args...).At(p.pos[name]))
}

// integer reads a property of at least least; def when absent.
func (p *properties) integer(name string, def, least int64) int64 {
	text, ok := p.vals[name]
	if !ok {
		return def
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least {
		p.bad(name, "invalid value for property %q: %q", strings.ToLower(name), text)
	}
	return n
}

// duration reads RETENTION ('7 days') or RETENTION_MS.
func (p *properties) retention(def int64) int64 {
	if p.has("RETENTION") {
		n := p.b.literal(&expr.Const{V: p.vals["RETENTION"], T: types.TUnknown}, types.TInterval, p.pos["RETENTION"])
		span := n.(*expr.Const).V.(types.Span)
		ms := (int64(span.Months)*30+int64(span.Days))*dayMs + span.Micros/types.MicrosPerMilli
		if ms <= 0 {
			p.bad("RETENTION", "retention must be greater than zero")
		}
		return ms
	}
	return p.integer("RETENTION_MS", def, -1)
}

var formatNames = map[string]bool{
	"JSON": true, "JSON_SR": true, "AVRO": true, "PROTOBUF": true, "PROTOBUF_NOSR": true, "DELIMITED": true, "KAFKA": true, "NONE": true,
}

// format reads the format of one side ("KEY" or "VALUE"); def when not given.
// Properties are inherited from def only when the format is the same.
func (p *properties) format(side string, def catalog.Format) catalog.Format {
	name := def.Name
	if p.has("FORMAT") && p.has(side+"_FORMAT") {
		p.bad("FORMAT", "Cannot supply both '%s_FORMAT' and 'FORMAT' properties, as 'FORMAT' sets both key and value formats. Either use just 'FORMAT', or use 'KEY_FORMAT' and 'VALUE_FORMAT'.", side)
	}
	for _, prop := range []string{"FORMAT", side + "_FORMAT"} {
		if p.has(prop) {
			name = strings.ToUpper(p.vals[prop])
			if !formatNames[name] {
				if !p.b.ksql {
					p.bad(prop, "unrecognized format %q", p.vals[prop])
				}
				p.bad(prop, "Unknown format: %s", name)
			}
		}
	}
	f := catalog.Format{Name: name}
	for _, pr := range def.Props {
		if name == def.Name && pr.Name != "full_schema_name" && pr.Name != "schema_id" {
			f.Props = append(f.Props, pr)
		}
	}
	return p.formatProps(side, f)
}

// formatProps reads the properties that belong to one format.
func (p *properties) formatProps(side string, f catalog.Format) catalog.Format {
	set := func(prop, name string, ok bool, label string) {
		if !p.has(prop) {
			return
		}
		if !ok && label == "schemaId" {
			p.bad(prop, "%s_FORMAT should support schema inference when %s_SCHEMA_ID is provided. Current format is %s.", side, side, f.Name)
		}
		if !ok {
			p.bad(prop, "%s does not support the following configs: [%s]", f.Name, label)
		}
		v := p.vals[prop]
		if name == "delimiter" {
			v = p.delimiter(prop)
		}
		if name == "nullable_representation" && !strings.EqualFold(v, "OPTIONAL") && !strings.EqualFold(v, "WRAPPER") {
			p.bad(prop, "%sConfiguration %s is invalid: Invalid value %s for configuration %s: String must be one of: OPTIONAL, WRAPPER",
				p.preparing(), prop, v, prop)
		}
		if name == "full_schema_name" && strings.TrimSpace(v) == "" {
			p.bad(prop, "fullSchemaName cannot be empty. Format configuration: {fullSchemaName=%s}", strings.TrimSpace(v))
		}
		f.Props = setProp(f.Props, name, v)
	}
	registry := f.Name == "AVRO" || f.Name == "PROTOBUF" || f.Name == "JSON_SR"
	set(side+"_DELIMITER", "delimiter", f.Name == "DELIMITED", "delimiter")
	set(side+"_SCHEMA_FULL_NAME", "full_schema_name", registry, "fullSchemaName")
	set(side+"_AVRO_SCHEMA_FULL_NAME", "full_schema_name", registry, "fullSchemaName")
	set(side+"_SCHEMA_ID", "schema_id", registry, "schemaId")
	set(side+"_PROTOBUF_NULLABLE_REPRESENTATION", "nullable_representation", strings.HasPrefix(f.Name, "PROTOBUF"), "nullableRepresentation")
	return f
}

func setProp(props []catalog.Prop, name, value string) []catalog.Prop {
	var out []catalog.Prop
	for _, p := range props {
		if p.Name != name {
			out = append(out, p)
		}
	}
	out = append(out, catalog.Prop{Name: name, Value: value})
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// preparing and example are what ksqlDB puts around these messages.
func (p *properties) preparing() string {
	if p.b.ksql {
		return "Failed to prepare statement: "
	}
	return ""
}

func (p *properties) example() string {
	if p.b.ksql {
		return "\nExample valid value: ';'"
	}
	return ""
}

// delimiter reads one character, SPACE or TAB.
func (p *properties) delimiter(prop string) string {
	v := p.vals[prop]
	switch {
	case v == "", p.b.ksql && strings.TrimSpace(v) == "":
		p.bad(prop, "%sConfiguration %s is invalid: Delimiter cannot be empty, if you meant to have a tab or space for delimiter, please use the special values 'TAB' or 'SPACE'%s", p.preparing(), prop, p.example())
	case strings.EqualFold(v, "SPACE"):
		return " "
	case strings.EqualFold(v, "TAB"):
		return "\t"
	case len([]rune(v)) != 1:
		p.bad(prop, "%sConfiguration %s is invalid: Invalid delimiter value: '%s'. Delimiter must be a single character or TAB,SPACE%s", p.preparing(), prop, v, p.example())
	}
	return v
}

// wrap reads WRAP_SINGLE_VALUE for a value side of n columns.
func (p *properties) wrap(f catalog.Format, n int) bool {
	text, ok := p.vals["WRAP_SINGLE_VALUE"]
	bare := f.Name == "DELIMITED" || f.Name == "KAFKA" || f.Name == "NONE"
	if !ok && n == 1 && !bare && f.Name != "PROTOBUF" && p.b.ksql {
		if def, set := p.b.opt.setting("ksql.persistence.wrap.single.values"); set && def != "" {
			on, err := strconv.ParseBool(def)
			return err != nil || on
		}
	}
	if !ok {
		return f.Name != "DELIMITED" && f.Name != "KAFKA"
	}
	v, err := strconv.ParseBool(text)
	if err != nil {
		p.bad("WRAP_SINGLE_VALUE", "invalid value for property \"wrap_single_value\": %q", text)
	}
	if n != 1 {
		p.bad("WRAP_SINGLE_VALUE", "'WRAP_SINGLE_VALUE' is only valid for single-field value schemas")
	}
	if (v && (f.Name == "DELIMITED" || f.Name == "KAFKA")) || (!v && f.Name == "PROTOBUF") {
		p.bad("WRAP_SINGLE_VALUE", "Format '%s' does not support 'WRAP_SINGLE_VALUE' set to '%t'.", f.Name, v)
	}
	return v
}

// timestamp reads TIMESTAMP and TIMESTAMP_FORMAT against the columns.
func (p *properties) timestamp(s types.Schema) *catalog.TimestampSpec {
	if !p.has("TIMESTAMP") {
		return nil
	}
	written := sql.Name{Text: strings.Trim(p.vals["TIMESTAMP"], "`\"")}
	written.Quoted = written.Text != p.vals["TIMESTAMP"]
	name, format := p.b.fold1(written), p.vals["TIMESTAMP_FORMAT"]
	i := s.Index(name)
	if i < 0 {
		if p.b.ksql {
			p.bad("TIMESTAMP", "The TIMESTAMP column set in the WITH clause does not exist in the schema: '%s'", name)
		}
		e := sqlerr.New(sqlerr.UndefinedColumn, "the timestamp column %q does not exist", name)
		if near := nearest(name, strings.Split(s.Names(), ", ")); near != "" {
			e.WithHint("Perhaps you meant the column %q.", near)
		}
		fail(e.At(p.pos["TIMESTAMP"]))
	}
	switch k := s[i].Type.Kind; {
	case p.b.ksql && format != "" && (k == types.BigInt || k == types.Timestamp):
		p.bad("TIMESTAMP_FORMAT", "'TIMESTAMP_FORMAT' set in the WITH clause can only be used when the timestamp column is of type STRING.")
	case k == types.BigInt, k == types.Timestamp:
	case k == types.String && (format != "" || !p.b.ksql):
	default:
		p.bad("TIMESTAMP", "Timestamp column, `%s`, should be LONG(INT64), TIMESTAMP, or a String with a timestamp_format specified", name)
	}
	return &catalog.TimestampSpec{Column: name, Format: format}
}

// windowed reads WINDOW_TYPE and WINDOW_SIZE.
func (p *properties) windowed() *catalog.WindowInfo {
	if !p.has("WINDOW_TYPE") {
		if p.has("WINDOW_SIZE") {
			p.bad("WINDOW_SIZE", "property \"window_size\" needs \"window_type\"")
		}
		return nil
	}
	w := &catalog.WindowInfo{Type: strings.ToUpper(p.vals["WINDOW_TYPE"])}
	switch w.Type {
	case "SESSION":
		if p.has("WINDOW_SIZE") {
			p.bad("WINDOW_SIZE", "'WINDOW_SIZE' should not be set for SESSION windows.")
		}
		return w
	case "HOPPING", "TUMBLING":
	default:
		p.bad("WINDOW_TYPE", "Invalid value %s for property WINDOW_TYPE: String must be one of: SESSION, HOPPING, TUMBLING, null", w.Type)
	}
	if !p.has("WINDOW_SIZE") {
		p.bad("WINDOW_TYPE", "%s windows require 'WINDOW_SIZE' to be provided in the WITH clause. For example: 'WINDOW_SIZE'='10 SECONDS'", w.Type)
	}
	w.SizeMs = p.windowSize()
	return w
}

func (p *properties) windowSize() int64 {
	text := p.vals["WINDOW_SIZE"]
	words := strings.Fields(text)
	if len(words) != 2 {
		p.bad("WINDOW_SIZE", "Configuration WINDOW_SIZE is invalid: Invalid duration: '%s'. Expected format: '<size> <unit>'", text)
	}
	n, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil || n <= 0 {
		p.bad("WINDOW_SIZE", "Configuration WINDOW_SIZE is invalid: Invalid duration: '%s'. Size must be a positive number", text)
	}
	unit := sql.Unit(strings.TrimSuffix(strings.ToUpper(words[1]), "S"))
	switch unit {
	case sql.Millisecond, sql.Second, sql.Minute, sql.Hour, sql.Day:
	default:
		p.bad("WINDOW_SIZE", "Configuration WINDOW_SIZE is invalid: Invalid duration: '%s'. Unknown time unit: '%s'", text, strings.ToUpper(words[1]))
	}
	return (&sql.Duration{N: n, Unit: unit}).Millis()
}

// errorPolicy reads ON_ERROR.
func (p *properties) errorPolicy() string {
	v, ok := p.vals["ON_ERROR"]
	if !ok {
		return "dlq"
	}
	switch strings.ToLower(v) {
	case "dlq", "skip", "stop":
		return strings.ToLower(v)
	}
	p.bad("ON_ERROR", "invalid value for \"on_error\": %q", v)
	return ""
}
