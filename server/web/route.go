package web

import "net/http"

// route is one end point; openapi.json is made of these.
type route struct {
	method, path string
	summary      string
	params       []param
	body         []string // content types of the request
	answers      []string // content types of the answer
	serve        func(s *Site, w http.ResponseWriter, r *http.Request)
}

// param is one parameter of a route.
type param struct {
	name, in, doc string
	required      bool
}

const (
	typeJSON   = "application/json"
	typeLines  = "application/x-ndjson"
	typeEvents = "text/event-stream"
	typeArrow  = "application/vnd.apache.arrow.stream"
	typeText   = "text/plain"
)

var (
	paramSQL   = param{"sql", "query", "A push query: SELECT ... EMIT CHANGES.", true}
	paramToken = param{"token", "query", "Resume behind what a stream gave; so does the header Last-Event-ID.", false}
	paramSlow  = param{"slow", "query", "What happens to a slow reader: cut (default), or latest: the last row of each key.", false}
	paramMarks = param{"tokens", "query", "on: NDJSON has lines {\"@token\": ...} behind rows.", false}
	paramLimit = param{"limit", "query", "Most rows of an answer in JSON; more says that there were others.", false}
	paramWait  = param{waitHeader, "header", "A position token: the answer reflects at least what it stands for.", false}
	paramKey   = param{"Idempotency-Key", "header", "A second request with the same key and body writes nothing, for a day.", false}
	paramSign  = param{"Leat-Signature", "header", "sha256=HEX of the body by HMAC, when the stream has a secret; X-Hub-Signature-256 too.", false}
	paramName  = param{"name", "path", "The dashboard's name.", true}
	paramInto  = param{"stream", "path", "A stream or table, spelt as the catalog has it.", true}
)

var routes []route

func init() {
	routes = []route{
		{"GET", "/v1/stream", "Watch a push query as server-sent events or NDJSON.", []param{paramSQL, paramToken, paramSlow, paramMarks},
			nil, []string{typeEvents, typeLines}, (*Site).stream},
		{"GET", "/v1/ws", "Watch many push queries on one WebSocket.", nil, nil, []string{typeJSON}, (*Site).socket},
		{"POST", "/v1/sql", "Run statements.", []param{paramWait, paramLimit},
			[]string{typeJSON, typeText}, []string{typeJSON, typeLines, typeArrow}, (*Site).statement},
		{"POST", "/v1/insert/{stream}", "Insert rows given as JSON, all or none.", []param{paramInto, paramKey, paramSign},
			[]string{typeJSON, typeLines}, []string{typeJSON}, (*Site).insert},
		{"GET", "/v1/catalog", "Names of relations, columns and functions.", nil, nil, []string{typeJSON}, (*Site).names},
		{"GET", "/v1/dashboards", "List the saved dashboards.", nil, nil, []string{typeJSON}, (*Site).listDashboards},
		{"GET", "/v1/dashboards/{name}", "Read a dashboard.", []param{paramName}, nil, []string{typeJSON}, (*Site).getDashboard},
		{"PUT", "/v1/dashboards/{name}", "Save a dashboard.", []param{paramName}, []string{typeJSON}, []string{typeJSON}, (*Site).putDashboard},
		{"DELETE", "/v1/dashboards/{name}", "Delete a dashboard.", []param{paramName}, nil, []string{typeJSON}, (*Site).deleteDashboard},
		{"POST", "/v1/login", "Log in: a token for Authorization: Bearer, or a cookie.", nil, []string{typeJSON}, []string{typeJSON}, (*Site).login},
		{"POST", "/v1/logout", "Forget the cookie.", nil, nil, []string{typeJSON}, (*Site).logout},
		{"GET", "/v1/session", "Tell who is logged in.", nil, nil, []string{typeJSON}, (*Site).session},
		{"GET", "/v1/openapi.json", "This description.", nil, nil, []string{typeJSON}, (*Site).openapi},
	}
}
