package cli

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/leatdb/leat/server/auth"
)

// settings are what the server takes from outside. The toml tag is the key in
// leat.toml and the flag's name; the environment variable is LEAT_ and the same
// in upper case.
type settings struct {
	Data           string `toml:"data" help:"directory of all state"`
	PG             string `toml:"pg" help:"address of the Postgres wire"`
	HTTP           string `toml:"http" help:"address of console, push, health checks and metrics; empty turns it off"`
	Hosts          string `toml:"http-hosts" help:"names besides localhost under which clients reach HTTP, by comma"`
	TLSCert        string `toml:"tls-cert" help:"file of the server's certificate and those above it, PEM"`
	TLSKey         string `toml:"tls-key" help:"file of its private key, PEM"`
	TLSClientCA    string `toml:"tls-client-ca" help:"file of the roots of client certificates, PEM"`
	TLS            string `toml:"tls" help:"off, on or required; with a certificate the default is required"`
	Auth           string `toml:"auth" help:"authentication rules with semicolons between, or @FILE"`
	Audit          string `toml:"audit" help:"audit log: on, sync (durable before each answer) or off"`
	MaxConnections string `toml:"max-connections" help:"clients of the Postgres wire; 5 more for superusers"`
	MaxState       string `toml:"max-state" help:"bytes that one task of a continuous query may keep in memory; 0 is no limit"`
	MaxDecoded     string `toml:"max-decoded" help:"bytes of decoded rows that wait for other queries on the same partition; 0: each decodes for itself"`
	MaxUncommitted string `toml:"max-uncommitted" help:"bytes of continuous queries' results that wait for the log, over all of them; 0 is no limit"`
	Superuser      string `toml:"superuser" help:"name of the first superuser, made when there is a password for it"`
	PasswordFile   string `toml:"password-file" help:"file with its password; else LEAT_PASSWORD"`
	SecretKeyFile  string `toml:"secret-key-file" help:"file with the key that CREATE SECRET keeps values under; else LEAT_SECRET_KEY"`
	Insecure       string `toml:"insecure-i-know" help:"true faces other machines without TLS or authentication"`
	LogLevel       string `toml:"log-level" help:"debug, info, warn or error"`
	LogJSON        string `toml:"log-format" help:"text or json; default text on a terminal"`
}

func defaultSettings() settings {
	return settings{
		Data: "./leat-data", PG: "127.0.0.1:7432", HTTP: "127.0.0.1:8081", Auth: auth.DefaultRules, Audit: "on",
		MaxConnections: "500", MaxState: "8589934592", MaxDecoded: "33554432", MaxUncommitted: "67108864", Superuser: "leat", LogLevel: "info",
	}
}

// loadSettings applies file, environment and flags over the defaults. configFile
// is explicit when the user named it: then it has to exist.
func loadSettings(flags *flag.FlagSet, getenv func(string) string, configFile string) (settings, error) {
	s, _, err := traceSettings(flags, getenv, configFile)
	return s, err
}

// environmentName is the variable of a setting.
func environmentName(key string) string {
	return "LEAT_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}

// traceSettings is loadSettings; from says where each value comes from, by key.
func traceSettings(flags *flag.FlagSet, getenv func(string) string, configFile string) (s settings, from map[string]string, err error) {
	s, from = defaultSettings(), map[string]string{}
	explicit := configFile != ""
	if !explicit {
		configFile = "leat.toml"
	}
	if err := s.fromFile(configFile, explicit, from); err != nil {
		return s, nil, err
	}
	v := reflect.ValueOf(&s).Elem()
	for i := 0; i < v.NumField(); i++ {
		key := v.Type().Field(i).Tag.Get("toml")
		if env := getenv(environmentName(key)); env != "" {
			v.Field(i).SetString(env)
			from[key] = "environment " + environmentName(key)
		}
	}
	flags.Visit(func(f *flag.Flag) {
		if field := fieldByKey(v, f.Name); field.IsValid() {
			field.SetString(f.Value.String())
			from[f.Name] = "flag --" + f.Name
		}
	})
	return s, from, nil
}

// fromFile reads a TOML file and notes its keys in from; an unknown key is an
// error with a suggestion.
func (s *settings) fromFile(name string, explicit bool, from map[string]string) error {
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && !explicit {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	return s.fromText(b, name, from)
}

// fromText reads what the file of that name holds.
func (s *settings) fromText(b []byte, name string, from map[string]string) error {
	raw := map[string]any{}
	if err := toml.Unmarshal(b, &raw); err != nil {
		return fmt.Errorf("read configuration %s: %w", name, err)
	}
	v := reflect.ValueOf(s).Elem()
	keys := make([]string, 0, len(raw))
	for k := range raw {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		field := fieldByKey(v, k)
		if !field.IsValid() {
			return fmt.Errorf("configuration %s: unknown key %q; known keys are %s", name, k, strings.Join(settingKeys(), ", "))
		}
		text, ok := raw[k].(string)
		if !ok {
			return fmt.Errorf("configuration %s: key %q must be a string", name, k)
		}
		field.SetString(text)
		from[k] = "file " + name
	}
	return nil
}

func fieldByKey(v reflect.Value, key string) reflect.Value {
	for i := 0; i < v.NumField(); i++ {
		if v.Type().Field(i).Tag.Get("toml") == key {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

func settingKeys() []string {
	t := reflect.TypeOf(settings{})
	out := make([]string, t.NumField())
	for i := range out {
		out[i] = t.Field(i).Tag.Get("toml")
	}
	return out
}

// addSettingFlags declares one flag per setting.
func addSettingFlags(fs *flag.FlagSet) {
	d := reflect.ValueOf(defaultSettings())
	for i := 0; i < d.NumField(); i++ {
		f := d.Type().Field(i)
		if f.Name == "Insecure" {
			fs.Bool(f.Tag.Get("toml"), false, f.Tag.Get("help"))
			continue
		}
		fs.String(f.Tag.Get("toml"), d.Field(i).String(), f.Tag.Get("help"))
	}
}
