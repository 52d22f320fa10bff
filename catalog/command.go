package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/leatdb/leat/sql/sqlerr"
)

// commandVersion is the first byte of a command; its JSON follows.
const commandVersion = 1

// maxCommand bounds a command.
const maxCommand = 16 << 20

// Command is one change of the catalog, made by the types of this package.
type Command interface {
	op() string
	apply(t *tx) Result
}

// makers gives an empty command of each op to decode into.
var makers = map[string]func() Command{
	"create_relation": func() Command { return &CreateRelation{} },
	"activate":        func() Command { return &Activate{} },
	"abort":           func() Command { return &Abort{} },
	"drop_relation":   func() Command { return &DropRelation{} },
	"forget_relation": func() Command { return &ForgetRelation{} },
	"alter_columns":   func() Command { return &AlterColumns{} },
	"rename_relation": func() Command { return &RenameRelation{} },
	"set_options":     func() Command { return &SetOptions{} },
	"set_level":       func() Command { return &SetCompatibility{} },
	"comment":         func() Command { return &Comment{} },
	"create_type":     func() Command { return &CreateType{} },
	"drop_type":       func() Command { return &DropType{} },
	"create_job":      func() Command { return &CreateJob{} },
	"set_job_status":  func() Command { return &SetJobStatus{} },
	"drop_job":        func() Command { return &DropJob{} },
	"begin_replace":   func() Command { return &BeginReplace{} },
	"finish_replace":  func() Command { return &FinishReplace{} },
	"set_setting":     func() Command { return &SetSetting{} },
	"create_role":     func() Command { return &CreateRole{} },
	"alter_role":      func() Command { return &AlterRole{} },
	"drop_role":       func() Command { return &DropRole{} },
	"rename_role":     func() Command { return &RenameRole{} },
	"grant":           func() Command { return &GrantOn{} },
	"grant_role":      func() Command { return &GrantRole{} },
	"alter_defaults":  func() Command { return &AlterDefaults{} },
	"set_owner":       func() Command { return &SetOwner{} },
	"reassign_owned":  func() Command { return &ReassignOwned{} },
	"drop_owned":      func() Command { return &DropOwned{} },
	"create_secret":   func() Command { return &CreateSecret{} },
	"drop_secret":     func() Command { return &DropSecret{} },

	"register_schema":   func() Command { return &RegisterSchema{} },
	"delete_subject":    func() Command { return &DeleteSubject{} },
	"set_subject_level": func() Command { return &SetSubjectLevel{} },
}

// envelope is a command's JSON.
type envelope struct {
	Op   string          `json:"op"`
	Body json.RawMessage `json:"body"`
}

// Encode gives the bytes of a command, for Apply. cmd is a pointer to one of
// this package's commands: Encode(&CreateType{...}).
func Encode(cmd Command) []byte {
	body, err := json.Marshal(cmd)
	if err != nil {
		panic("BUG: a catalog command does not marshal: " + err.Error())
	}
	out, err := json.Marshal(envelope{cmd.op(), body})
	if err != nil {
		panic("BUG: a catalog command does not marshal: " + err.Error())
	}
	return append([]byte{commandVersion}, out...)
}

// Decode reads the bytes of a command. XX001 when they are not one.
func Decode(b []byte) (Command, error) {
	if len(b) == 0 || len(b) > maxCommand || b[0] != commandVersion {
		return nil, sqlerr.New(sqlerr.DataCorrupted, "malformed catalog command")
	}
	var e envelope
	if err := strict(b[1:], &e); err != nil {
		return nil, err
	}
	make1, ok := makers[e.Op]
	if !ok {
		return nil, sqlerr.New(sqlerr.DataCorrupted, "malformed catalog command")
	}
	cmd := make1()
	if err := strict(e.Body, cmd); err != nil {
		return nil, err
	}
	return cmd, nil
}

// strict reads one JSON value without unknown fields and nothing behind it.
func strict(b []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	err := dec.Decode(into)
	if _, more := dec.Token(); err == nil && more != io.EOF {
		err = errors.New("something follows the value")
	}
	if err != nil {
		return sqlerr.New(sqlerr.DataCorrupted, "malformed catalog command").Wrap(err)
	}
	return nil
}
