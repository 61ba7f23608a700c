package httpapi_test

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

// price is a value with a form of its own.
type price struct{ text string }

func (p *price) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte("-")) {
		return problem.InvalidValue("must not be negative")
	}
	if bytes.HasPrefix(b, []byte(`"`)) {
		return errors.New("internal words about price")
	}
	p.text = string(b)
	return nil
}

type line struct {
	Count int64 `json:"count"`
}

type input struct {
	Parts    httpapi.List[int64]  `json:"parts"`
	Name     string               `json:"name"`
	Note     httpapi.OptionalText `json:"note"`
	Quantity int64                `json:"quantity"`
	Minimum  *int64               `json:"minimum"`
	Small    int8                 `json:"small"`
	Unsigned uint32               `json:"unsigned"`
	Ratio    float64              `json:"ratio"`
	Active   bool                 `json:"active"`
	At       time.Time            `json:"at"`
	Price    price                `json:"price"`
	Lines    []line               `json:"lines"`
	Labels   map[string]int       `json:"labels"`
	Any      any                  `json:"any"`
}

// decoding returns an API whose POST /in responds with the decoded body.
func decoding(t testing.TB, o httpapi.Options) *httpapi.API {
	a := mustNew(t, o)
	route := func(path string, decode func(*gin.Context) (input, error)) {
		a.Handle("POST", path, httpapi.Public, func(c *gin.Context) error {
			in, err := decode(c)
			if err != nil {
				return err
			}
			httpapi.JSON(c, 200, in.Quantity)
			return nil
		})
	}
	route("/in", httpapi.Decode[input])
	route("/optional", httpapi.DecodeOptional[input])
	return a
}

func TestDecode_refuses(t *testing.T) {
	a := decoding(t, httpapi.Options{})
	deep := `{"any":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`
	for _, test := range []struct{ name, body, field, message string }{
		{"empty", ``, "body", "is required and must be a JSON object"},
		{"space only", ` `, "body", "is not valid JSON at byte 2"},
		{"malformed", `{"quantity":}`, "quantity", "is not valid JSON at byte 13"},
		{"breaks off", `{"quantity":1`, "body", "is not valid JSON at byte 14"},
		{"trailing garbage", `{"quantity":1}x`, "body", "is not valid JSON at byte 15"},
		{"second object", `{"quantity":1}{}`, "body", "is not valid JSON at byte 15"},
		{"trailing comma", `{"quantity":1,}`, "body", "is not valid JSON at byte 14"},
		{"comment", `{"quantity":1/**/}`, "body", "is not valid JSON at byte 14"},
		{"single quotes", `{'quantity':1}`, "body", "is not valid JSON at byte 2"},
		{"NaN", `{"ratio":NaN}`, "ratio", "is not valid JSON at byte 10"},
		{"leading zero", `{"quantity":007}`, "body", "is not valid JSON at byte 14"},
		{"byte order mark", "\ufeff{}", "body", "is not valid JSON at byte 1"},
		{"UTF-16", "\xff\xfe{\x00", "body", "is not valid JSON at byte 1"},
		{"control character", "{\"name\":\"a\x01b\"}", "name", "is not valid JSON at byte 11"},
		{"invalid UTF-8", "{\"name\":\"\xff\"}", "name", "is not valid JSON at byte 10"},
		{"invalid UTF-8 in a name", "{\"\xff\":1}", "body", "is not valid JSON at byte 3"},
		{"half a surrogate", `{"name":"\ud800"}`, "name", "is not valid JSON at byte 10"},
		{"deep nesting", deep, "any" + strings.Repeat(".0", 30) + ".…", "is not valid JSON at byte 10007"},
		{"null", `null`, "body", "must be a JSON object"},
		{"array", `[]`, "body", "must be a JSON object"},
		{"text", `"a"`, "body", "must be a JSON object"},
		{"number", ` 1 `, "body", "must be a JSON object"},
		{"unknown field", `{"quantitiy":1}`, "quantitiy", "is not a known field"},
		{"wrong case", `{"Quantity":1}`, "Quantity", "is not a known field"},
		{"unknown in a list", `{"lines":[{"count":1},{"cuont":1}]}`, "lines.1.cuont", "is not a known field"},
		{"long unknown field", `{"` + strings.Repeat("é", 50) + `":1}`, strings.Repeat("é", 32) + "…", "is not a known field"},
		{"duplicate", `{"quantity":1,"quantity":2}`, "quantity", "must appear only once"},
		{"duplicate by escape", `{"quantity":1,"quan\u0074ity":2}`, "quantity", "must appear only once"},
		{"duplicate in any", `{"any":{"a":1,"a":2}}`, "any.a", "must appear only once"},
		{"text for a number", `{"quantity":"1"}`, "quantity", "must be a whole number"},
		{"float for an int", `{"quantity":1.5}`, "quantity", "must be a whole number"},
		{"small fraction for an int", `{"quantity":1.00000000000000000001}`, "quantity", "must be a whole number"},
		{"small exponent for an int", `{"minimum":10e-2}`, "minimum", "must be a whole number"},
		{"very small exponent", `{"quantity":1e-99999999999999999999}`, "quantity", "must be a whole number"},
		{"large exponent", `{"quantity":1e19}`, "quantity", "is out of range"},
		{"very large exponent", `{"quantity":-1E+99999999999999999999}`, "quantity", "is out of range"},
		{"above int64 with a point", `{"quantity":9223372036854775808.0}`, "quantity", "is out of range"},
		{"above int64", `{"quantity":9223372036854775808}`, "quantity", "is out of range"},
		{"below int64", `{"minimum":-9223372036854775809}`, "minimum", "is out of range"},
		{"above int8", `{"small":128}`, "small", "is out of range"},
		{"negative for unsigned", `{"unsigned":-1}`, "unsigned", "must be a whole number of 0 or more"},
		{"above float64", `{"ratio":1e400}`, "ratio", "is out of range"},
		{"text for a float", `{"ratio":"1"}`, "ratio", "must be a number"},
		{"number for text", `{"name":1}`, "name", "must be a string"},
		{"text for bool", `{"active":"true"}`, "active", "must be true or false"},
		{"1 for bool", `{"active":1}`, "active", "must be true or false"},
		{"object for text", `{"name":{}}`, "name", "must be a string"},
		{"object for a list", `{"lines":{}}`, "lines", "must be an array"},
		{"text in a list", `{"lines":["a"]}`, "lines.0", "must be an object"},
		{"text in a map", `{"labels":{"a/b":"x"}}`, "labels.a/b", "must be a whole number"},
		{"null for an int", `{"quantity":null}`, "quantity", "must not be null"},
		{"null for text", `{"name":null}`, "name", "must not be null"},
		{"number for optional text", `{"note":1}`, "note", "must be a string"},
		{"null for a list that has a meaning when it is missing", `{"parts":null}`, "parts", "must not be null"},
		{"null in a list", `{"lines":[null]}`, "lines.0", "must not be null"},
		{"malformed time", `{"at":"yesterday"}`, "at", "must be a time in RFC 3339 form"},
		{"number for a time", `{"at":5}`, "at", "must be a time in RFC 3339 form"},
		{"own message", `{"price":-1}`, "price", "must not be negative"},
		{"internal message", `{"price":"x"}`, "price", "must be of another form"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := httpapitest.WantProblem(t, sendRequest(a, "POST", "/in", test.body), 400, problem.ValidationError)
			if len(d.Errors) != 1 || d.Errors[0].Field != test.field || d.Errors[0].Message != test.message {
				t.Errorf("errors %+v, want %s %s", d.Errors, test.field, test.message)
			}
		})
	}
}

// A whole number is whole in every form that JSON Schema calls an integer.
func TestDecode_wholeNumbers(t *testing.T) {
	a := decoding(t, httpapi.Options{})
	for text, want := range map[string]string{
		"335.0": "335", "1e2": "100", "1E+2": "100", "-2.50e1": "-25", "0.0": "0", "-0.0": "0", "0e99999999999999999999": "0",
		"0.00012e5": "12", "1200e-2": "12", "9223372036854775807.000": "9223372036854775807", "-9.223372036854775808e18": "-9223372036854775808",
	} {
		for _, body := range []string{`{"quantity":` + text + `}`, `{"quantity":` + text + `,"minimum":` + text + `,"lines":[{"count":` + text + `}]}`} {
			if w := sendRequest(a, "POST", "/in", body); w.Code != 200 || strings.TrimSpace(w.Body.String()) != want {
				t.Errorf("%s: %d %s, want %s", body, w.Code, w.Body, want)
			}
		}
	}
}

func TestDecode_takes(t *testing.T) {
	a := decoding(t, httpapi.Options{})
	for body, want := range map[string]string{
		`{}`:                                  "0",
		"\r\n\t {\"quantity\" : 7 }\n":        "7",
		`{"quantity":9223372036854775807}`:    "9223372036854775807",
		`{"quantity":-9223372036854775808}`:   "-9223372036854775808",
		`{"quan\u0074ity":5}`:                 "5",
		`{"quantity":5,"minimum":null}`:       "5",
		`{"quantity":5,"note":null}`:          "5",
		`{"quantity":5,"lines":null,"any":1}`: "5",
		`{"quantity":5,"at":"2026-08-01T12:00:00Z","price":1.5,"labels":{"a":1}}`: "5",
	} {
		if w := sendRequest(a, "POST", "/in", body); w.Code != 200 || strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("%s gave %d %s", body, w.Code, w.Body)
		}
	}
	for _, none := range []string{"", "null", " null\n"} {
		if w := sendRequest(a, "POST", "/optional", none); w.Code != 200 {
			t.Errorf("optional body %q: %d %s", none, w.Code, w.Body)
		}
	}
	if w := sendRequest(a, "POST", "/optional", `{"quantity":3}`); strings.TrimSpace(w.Body.String()) != "3" {
		t.Errorf("optional body: %d %s", w.Code, w.Body)
	}
	httpapitest.WantProblem(t, sendRequest(a, "POST", "/optional", "{"), 400, problem.ValidationError)
}

func TestDecode_largeBodies(t *testing.T) {
	limits := httpapi.DefaultLimits()
	limits.MaxBodyBytes = 64
	a := decoding(t, httpapi.Options{Limits: limits})
	a.HandleStream("POST", "/stream", httpapi.Public, func(c *gin.Context) error {
		text, err := httpapi.Body(c, 100)
		if err != nil {
			return err
		}
		httpapi.JSON(c, 200, len(text))
		return nil
	})
	fits := `{"name":"` + strings.Repeat("a", 53) + `"}`
	chunked := func(target, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
		r.ContentLength = -1
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		return w
	}
	if w := sendRequest(a, "POST", "/in", fits); w.Code != 200 {
		t.Errorf("64 bytes: %d %s", w.Code, w.Body)
	}
	if w := chunked("/in", fits); w.Code != 200 {
		t.Errorf("64 bytes, chunked: %d %s", w.Code, w.Body)
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"by length": sendRequest(a, "POST", "/in", fits+" "), "chunked": chunked("/in", fits+" "),
	} {
		if d := httpapitest.WantProblem(t, w, 413, problem.PayloadTooLarge); d.Detail != "The body is larger than 64 bytes." {
			t.Errorf("%s: %s", name, d.Detail)
		}
	}
	if w := chunked("/stream", strings.Repeat("a", 100)); w.Code != 200 {
		t.Errorf("stream: %d %s", w.Code, w.Body)
	}
	if d := httpapitest.WantProblem(t, chunked("/stream", strings.Repeat("a", 101)), 413, problem.PayloadTooLarge); d.Detail != "The body is larger than 100 bytes." {
		t.Error(d.Detail)
	}
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errors.New("secret reason") }

func TestDecode_brokenBody(t *testing.T) {
	a := decoding(t, httpapi.Options{})
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, httptest.NewRequest("POST", "/in", brokenBody{}))
	if d := httpapitest.WantProblem(t, w, 400, problem.ValidationError); strings.Contains(d.Detail, "secret") {
		t.Error(d.Detail)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"quantity":1}`, `{"quantity":1.5}`, `{"a":1,"a":1}`, `{"lines":[{"count":1}]}`, `null`, "\ufeff{}",
		`{"quantity":null}`, `{"any":[[[]]]}`, `{"name":"\ud800"}`, `{"labels":{"a":1e400}}`, `{"":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var in input
		err := httpapi.DecodeBytes(text, &in)
		if err == nil {
			var again map[string]stdjson.RawMessage
			if stdErr := stdjson.Unmarshal(text, &again); stdErr != nil {
				t.Errorf("%q was accepted although it is not an object: %v", text, stdErr)
			}
			return
		}
		var p *problem.Error
		if !errors.As(err, &p) || p.Code != problem.ValidationError || len(p.Fields) != 1 {
			t.Fatalf("%q gave %v", text, err)
		}
		if m := p.Fields[0].Message; m == "" || strings.Contains(m, "json") || strings.Contains(m, "int64") || len(p.Fields[0].Field) > 70 {
			t.Errorf("%q gave %+v", text, p.Fields)
		}
	})
}

func TestGivenText(t *testing.T) {
	note, empty := "note", ""
	for text, want := range map[*string]string{nil: "", &note: "note"} {
		if got, err := httpapi.GivenText("reference", text); got != want || err != nil {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
	if _, err := httpapi.GivenText("reference", &empty); problem.CodeOf(err) != problem.ValidationError {
		t.Errorf("an empty text: got %v", err)
	}
}
