package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// maxKey bounds an idempotency key in bytes.
const maxKey = 512

// inserted is the answer to an insert.
type inserted struct {
	Rows      int64  `json:"rows"`
	Duplicate bool   `json:"duplicate"`
	Token     string `json:"token"`
}

// insert is POST /v1/insert/{stream}.
func (s *Site) insert(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		fail(w, err, "")
		return
	}
	relation, key := r.PathValue("stream"), r.Header.Get("Idempotency-Key")
	if len(key) > maxKey {
		fail(w, sqlerr.New(sqlerr.InvalidParameterValue, "idempotency key is longer than %d bytes", maxKey), "")
		return
	}
	sender, err := s.sender(r, relation, body)
	if err != nil {
		refuse(w, r, err)
		return
	}
	ss, _, err := s.open(r.WithContext(context.WithValue(r.Context(), visitorKey{}, sender)), nil)
	if err != nil {
		fail(w, err, "")
		return
	}
	defer ss.Close()
	done, err := ss.Ingest(r.Context(), relation, body, key)
	if err != nil {
		fail(w, err, "")
		return
	}
	w.Header().Set(tokenHeader, done.Token)
	answer(w, http.StatusOK, inserted{done.Rows, done.Duplicate, done.Token})
}

// sender is who inserts: who sends the request, or for a body that is signed with
// the relation's secret its owner. Without a secret no page of another site may
// insert. Who has not come in learns nothing of secrets.
func (s *Site) sender(r *http.Request, relation string, body []byte) (visitor, error) {
	v := visitorOf(r)
	secret, err := s.db.WebhookSecret(relation)
	if err != nil {
		return v, err
	}
	if secret == "" {
		if err := s.cross.Check(r); err != nil {
			return v, sqlerr.New(sqlerr.InsufficientPrivilege, "request from another site")
		}
		return v, v.err
	}
	given := r.Header.Get("Leat-Signature")
	if given == "" {
		given = r.Header.Get("X-Hub-Signature-256")
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	sum, err := hex.DecodeString(strings.TrimPrefix(given, "sha256="))
	switch signed := err == nil && hmac.Equal(sum, mac.Sum(nil)); {
	case !signed && v.err != nil:
		return v, v.err
	case !signed:
		return v, sqlerr.New(sqlerr.InvalidAuthorization, "the body is not signed with the secret of %q", relation).
			WithHint("Send Leat-Signature: sha256= and the HMAC-SHA256 of the body in hex.")
	case v.err != nil:
		return visitor{pass: s.db.WebhookPass(relation)}, nil
	}
	return v, nil
}
