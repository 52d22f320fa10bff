package web

import (
	"net/http"

	"github.com/leatdb/leat/server/auth"
)

// openapi describes the routes.
func (s *Site) openapi(w http.ResponseWriter, _ *http.Request) {
	type object = map[string]any
	content := func(kinds []string) object {
		out := object{}
		for _, k := range kinds {
			out[k] = object{"schema": object{}}
		}
		return out
	}
	paths := map[string]object{}
	for _, r := range routes {
		op := object{
			"summary": r.summary,
			"responses": object{
				"200":     object{"description": "The answer.", "content": content(r.answers)},
				"default": object{"description": "An error.", "content": object{typeJSON: object{"schema": object{"$ref": "#/components/schemas/Error"}}}},
			},
		}
		var params []object
		for _, p := range r.params {
			params = append(params, object{"name": p.name, "in": p.in, "description": p.doc, "required": p.required, "schema": object{"type": "string"}})
		}
		if params != nil {
			op["parameters"] = params
		}
		if r.body != nil {
			op["requestBody"] = object{"required": true, "content": content(r.body)}
		}
		if paths[r.path] == nil {
			paths[r.path] = object{}
		}
		paths[r.path][lowerMethod[r.method]] = op
	}
	text, number := object{"type": "string"}, object{"type": "integer"}
	answer(w, http.StatusOK, object{
		"openapi": "3.1.0",
		"info":    object{"title": "Leat", "version": "1", "description": "Streaming SQL over HTTP. See docs/http.md."},
		"paths":   paths,
		// Where no rule trusts the client.
		"security": []object{{}, {"basic": []string{}}, {"bearer": []string{}}, {"cookie": []string{}}},
		"components": object{"securitySchemes": object{
			"basic":  object{"type": "http", "scheme": "basic"},
			"bearer": object{"type": "http", "scheme": "bearer"},
			"cookie": object{"type": "apiKey", "in": "cookie", "name": auth.Cookie},
		}, "schemas": object{"Error": object{"type": "object", "properties": object{"error": object{
			"type": "object", "required": []string{"code", "message"},
			"properties": object{
				"code": text, "message": text, "detail": text, "hint": text, "where": text,
				"position": number, "line": number, "column": number,
			},
		}}}}},
	})
}

var lowerMethod = map[string]string{"GET": "get", "POST": "post", "PUT": "put", "DELETE": "delete"}
