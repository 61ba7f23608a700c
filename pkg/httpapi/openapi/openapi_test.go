package openapi_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/openapi"
	"inventory.example/pkg/problem"
)

const thingsYAML = `
openapi: 3.1.0
info: {title: Things, version: "1", description: All about things.}
tags: [{name: things}]
paths:
  /api/v1/things/{id}:
    get:
      security: []
      parameters: [{$ref: "#/components/parameters/Limit"}]
      responses:
        200: {description: One., content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}
        default: {$ref: "#/components/responses/Problem"}
    put:
      responses:
        "204": {description: Done.}
components:
  schemas:
    Thing: {type: object, properties: {size: {type: integer, maximum: 100}}}
`

func TestMerge(t *testing.T) {
	other := `
openapi: 3.1.0
tags: [{name: things}, {name: others}]
paths:
  /api/v1/things/{id}: {delete: {responses: {"204": {description: Gone.}}}}
  /api/v1/others: {get: {responses: {default: {$ref: "#/components/responses/Problem"}}}}
components:
  schemas:
    Thing: {properties: {size: {maximum: 100, type: integer}}, type: object}
    Other: {type: string}
`
	t.Run("unites", func(t *testing.T) {
		text, err := openapi.Merge("All", "3", []byte(thingsYAML), []byte(other))
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Info       map[string]string
			Tags       []map[string]string
			Security   []map[string][]string
			Paths      map[string]map[string]any
			Components map[string]map[string]any
		}
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		if doc.Info["title"] != "All" || doc.Info["version"] != "3" || len(doc.Info) != 2 || len(doc.Tags) != 2 {
			t.Errorf("info %v, tags %v", doc.Info, doc.Tags)
		}
		if len(doc.Security) != 1 || doc.Security[0]["ApiKey"] == nil {
			t.Errorf("security %v", doc.Security)
		}
		if len(doc.Paths["/api/v1/things/{id}"]) != 3 || len(doc.Paths) != 5 || doc.Paths["/health"] == nil {
			t.Errorf("paths %v", doc.Paths)
		}
		for section, names := range map[string][]string{
			"schemas": {"Thing", "Other", "Problem"}, "responses": {"Problem"}, "securitySchemes": {"ApiKey"},
			"parameters": {"Limit", "Offset", "Page", "PageSize", "IdempotencyKey", "IfMatch"},
		} {
			for _, name := range names {
				if doc.Components[section][name] == nil {
					t.Errorf("%s/%s is missing", section, name)
				}
			}
		}
	})
	for name, docs := range map[string][]string{
		"is defined twice and differs": {thingsYAML, `
openapi: 3.1.0
components: {schemas: {Thing: {type: object, properties: {size: {type: integer, maximum: 101}}}}}`},
		"get: is defined twice":         {thingsYAML, `{"openapi": "3.1.0", "paths": {"/api/v1/things/{id}": {"get": {}}}}`},
		"has the parameter Limit twice": {`{"openapi": "3.1.0", "paths": {"/a": {"get": {"parameters": [{"in": "query", "name": "Limit"}, {"in": "query", "name": "Limit"}]}}}}`},
		"leads nowhere":                 {`{"openapi": "3.1.0", "paths": {"/a": {"get": {"x": [{"$ref": "#/components/schemas/No"}]}}}}`},
		"servers must not be set":       {`{"openapi": "3.1.0", "servers": [{"url": "/api/v1"}]}`},
		"security must not be set":      {`{"openapi": "3.1.0", "security": []}`},
		"must be version 3":             {`{"swagger": "2.0"}`},
		"OpenAPI document 2":            {thingsYAML, "a: b: c"},
		"OpenAPI document 1":            {"openapi: 3.1.0\nopenapi: 3.1.0"},
		"paths is defined twice":        {`{"openapi": "3.1.0", "paths": 5}`},
		"tags must be a list":           {`{"openapi": "3.1.0", "tags": 5}`},
		"other.yaml#/a leads nowhere":   {`{"openapi": "3.1.0", "paths": {"/a": {"$ref": "other.yaml#/a"}}}`},
	} {
		t.Run("refuses: "+name, func(t *testing.T) {
			var texts [][]byte
			for _, d := range docs {
				texts = append(texts, []byte(d))
			}
			_, err := openapi.Merge("t", "1", texts...)
			want := strings.ReplaceAll(name, "get: is", "get is")
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestMerge_codes(t *testing.T) {
	text, err := openapi.Merge("t", "1")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Components struct {
			Schemas struct {
				Problem struct {
					Properties struct {
						Code struct{ Enum []problem.Code }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	codes := doc.Components.Schemas.Problem.Properties.Code.Enum
	slices.Sort(codes)
	want := httpapi.Codes()
	if !slices.Equal(codes, want) {
		t.Errorf("the document has %v, want %v", codes, want)
	}
}
