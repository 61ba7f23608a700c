// Command schemas writes strict JSON schemas for kubeconform from the API
// description that the module k8s.io/kubernetes has at
// api/openapi-spec/swagger.json:
//
//	go run ./test/kubernetes/schemas SWAGGER FOLDER [CRD...]
//
// and of the kinds that the files CRD define. Strict means that a field which does
// not exist is an error.
package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: schemas SWAGGER FOLDER [CRD...]")
		os.Exit(2)
	}
	count, err := run(os.Args[1], os.Args[2])
	for _, file := range os.Args[3:] {
		if err == nil {
			count++
			err = runDefinition(file, os.Args[2])
		}
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "schemas: %v\n", err)
		os.Exit(1)
	}
	fmt.Fprintf(os.Stderr, "wrote %d schemas\n", count)
}

type (
	schema = map[string]any
	kind   struct{ Group, Version, Kind string }
)

// swagger is the part of the API description that the schemas need.
type swagger struct {
	Definitions map[string]schema `json:"definitions"`
}

func run(source, folder string) (count int, err error) {
	text, err := os.ReadFile(source)
	if err != nil {
		return 0, err
	}
	var api swagger
	if err := json.Unmarshal(text, &api); err != nil {
		return 0, fmt.Errorf("%s: %w", source, err)
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return 0, err
	}
	for name, definition := range api.Definitions {
		kinds, err := kindsOf(definition)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		for _, k := range kinds {
			text, err := json.Marshal(api.document(name, k))
			if err != nil {
				return 0, err
			}
			if err := os.WriteFile(filepath.Join(folder, k.file()), text, 0o600); err != nil {
				return 0, err
			}
			count++
		}
	}
	return count, nil
}

// runDefinition writes the schema of the newest version that a
// CustomResourceDefinition has.
func runDefinition(file, folder string) error {
	text, err := os.ReadFile(file) //nolint:gosec // the caller's own file
	if err != nil {
		return err
	}
	var d struct {
		Spec struct {
			Group string `json:"group"`
			Names struct {
				Kind string `json:"kind"`
			} `json:"names"`
			Versions []struct {
				Name   string `json:"name"`
				Schema struct {
					OpenAPI schema `json:"openAPIV3Schema"`
				} `json:"schema"`
			} `json:"versions"`
		} `json:"spec"`
	}
	asJSON, err := yaml.YAMLToJSON(text)
	if err == nil {
		err = json.Unmarshal(asJSON, &d)
	}
	if err != nil || len(d.Spec.Versions) == 0 {
		return fmt.Errorf("%s defines no kind: %w", file, err)
	}
	version := d.Spec.Versions[len(d.Spec.Versions)-1]
	k := kind{d.Spec.Group, version.Name, d.Spec.Names.Kind}
	text, err = json.Marshal(swagger{}.expand(version.Schema.OpenAPI, nil))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, k.file()), text, 0o600)
}

// kindsOf returns the kinds of objects that a definition describes.
func kindsOf(definition schema) (kinds []kind, err error) {
	list, found := definition["x-kubernetes-group-version-kind"]
	if !found {
		return nil, nil
	}
	text, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &kinds); err != nil {
		return nil, err
	}
	// These kinds are in every group, and no manifest contains them.
	return slices.DeleteFunc(kinds, func(k kind) bool { return k.Kind == "DeleteOptions" || k.Kind == "WatchEvent" }), nil
}

// file is the name under which kubeconform looks for the schema of a kind.
func (k kind) file() string {
	group, _, _ := strings.Cut(k.Group, ".")
	parts := slices.DeleteFunc([]string{strings.ToLower(k.Kind), group, k.Version}, func(s string) bool { return s == "" })
	return strings.Join(parts, "-") + ".json"
}

// document is the schema of one kind.
func (api swagger) document(name string, k kind) schema {
	s := api.expand(schema{"$ref": prefix + name}, nil)
	properties, _ := s["properties"].(schema)
	required := map[string]bool{}
	for _, field := range names(s["required"]) {
		required[field] = true
	}
	constants := map[string]string{"kind": k.Kind, "apiVersion": strings.TrimPrefix(k.Group+"/"+k.Version, "/")}
	for field, value := range constants {
		if _, has := properties[field]; has {
			properties[field] = schema{"type": "string", "enum": []string{value}}
			required[field] = true
		}
	}
	s["required"] = slices.Sorted(maps.Keys(required))
	return s
}

const prefix = "#/definitions/"

// expand returns s with its references replaced by their definitions; within is
// the chain of definitions around it, because some contain themselves.
func (api swagger) expand(s schema, within []string) schema {
	if reference, is := s["$ref"].(string); is {
		name := strings.TrimPrefix(reference, prefix)
		switch {
		case strings.HasSuffix(name, ".IntOrString"):
			return intOrString()
		case strings.HasSuffix(name, ".Quantity"):
			return schema{"type": []string{"string", "number"}}
		case slices.Contains(within, name):
			return schema{}
		}
		return api.expand(api.Definitions[name], append(slices.Clone(within), name))
	}
	if s["format"] == "int-or-string" {
		return intOrString()
	}
	result := schema{}
	for key, value := range s {
		if key == "description" || strings.HasPrefix(key, "x-") {
			continue
		}
		result[key] = value
	}
	if properties, has := s["properties"].(schema); has {
		result["properties"] = api.properties(properties, names(s["required"]), within)
		result["additionalProperties"] = false
	} else if values, has := s["additionalProperties"].(schema); has {
		result["additionalProperties"] = api.expand(values, within)
	}
	if items, has := s["items"].(schema); has {
		result["items"] = api.expand(items, within)
	}
	return result
}

// properties expands each of an object's fields. Those that are not required
// may be null, as the server allows.
func (api swagger) properties(properties schema, required, within []string) schema {
	result := schema{}
	for name, value := range properties {
		field, _ := value.(schema)
		expanded := api.expand(field, within)
		if kind, is := expanded["type"].(string); is && !slices.Contains(required, name) {
			expanded["type"] = []string{kind, "null"}
		}
		result[name] = expanded
	}
	return result
}

func intOrString() schema { return schema{"type": []string{"string", "integer"}} }

// names returns the strings of a JSON array.
func names(list any) (texts []string) {
	values, _ := list.([]any)
	for _, value := range values {
		if text, is := value.(string); is {
			texts = append(texts, text)
		}
	}
	return texts
}
