package eventschema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// timePattern is events.TimeFormat.
const timePattern = `^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$`

// field is a field of a struct as JSON has it.
type field struct {
	reflect.StructField
	name     string
	optional bool
}

// fields returns the fields of a struct and of its embedded structs. It panics when
// one has no name: documents must not differ from the encoded events.
func fields(t reflect.Type) (list []field) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Tag.Get("json") == "" {
			list = append(list, fields(f.Type)...)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			panic(fmt.Sprintf("eventschema: %s.%s has no name in JSON", t, f.Name))
		}
		optional := slices.ContainsFunc(strings.Split(options, ","), func(o string) bool {
			return o == "omitempty" || o == "omitzero"
		})
		list = append(list, field{f, name, optional})
	}
	return list
}

// structSchema returns the schema of a struct.
func structSchema(t reflect.Type) object {
	members := object{}
	required := []any{}
	for _, f := range fields(t) {
		members[f.name] = f.schema()
		if !f.optional {
			required = append(required, f.name)
		}
	}
	return object{"type": "object", "required": required, "properties": members}
}

func (f field) schema() object {
	schema := typeSchema(f.Type)
	if text := f.Tag.Get("doc"); text != "" {
		schema["description"] = text
	}
	switch format := f.Tag.Get("format"); format {
	case "":
	case "date-time":
		schema["format"], schema["pattern"] = format, timePattern
	default:
		schema["format"] = format
	}
	if values := f.Tag.Get("enum"); values != "" {
		var list []any
		for value := range strings.SplitSeq(values, ",") {
			list = append(list, value)
		}
		schema["enum"] = list
	}
	for tag, keyword := range map[string]string{"min": "minimum", "max": "maxItems"} {
		if text := f.Tag.Get(tag); text != "" {
			number, err := strconv.Atoi(text)
			if err != nil {
				panic(fmt.Sprintf("eventschema: the tag %s of %s: %v", tag, f.Name, err))
			}
			schema[keyword] = number
		}
	}
	return schema
}

// typeSchema returns the schema of the JSON encoding of a type. It panics for types
// that no payload has so far.
func typeSchema(t reflect.Type) object {
	if t == reflect.TypeFor[json.Number]() {
		return object{"type": "number"}
	}
	switch t.Kind() {
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int64:
		return object{"type": "integer", "format": "int64"}
	case reflect.Slice:
		return object{"type": "array", "items": typeSchema(t.Elem())}
	case reflect.Struct:
		return structSchema(t)
	default:
		panic(fmt.Sprintf("eventschema: payloads with fields of type %s are not supported", t))
	}
}
