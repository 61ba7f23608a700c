package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
)

// A service decodes, calls its use case and renders; the other parts are the
// same for all: keys, limits, problem documents, health.
func Example() {
	keys, err := httpapi.ParseKeys("a-key-of-madrid:Store Madrid:MAD-001")
	if err != nil {
		fmt.Println(err)
		return
	}
	api, err := httpapi.New(httpapi.Options{Service: "greeter", Keys: keys})
	if err != nil {
		fmt.Println(err)
		return
	}
	type greeting struct {
		Name string `json:"name"`
	}
	api.Handle(http.MethodPost, "/api/v1/greetings", httpapi.Writer, func(c *gin.Context) error {
		body, err := httpapi.Decode[greeting](c)
		if err != nil {
			return err
		}
		if body.Name == "" {
			return problem.Invalid("name", "is required")
		}
		httpapi.JSON(c, http.StatusOK, map[string]string{"text": "Hello, " + body.Name})
		return nil
	})

	send := func(key, body string) {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/greetings", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-API-Key", key)
		w := httptest.NewRecorder()
		api.Handler().ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("Content-Type"))
	}
	send("a-key-of-madrid", `{"name": "Ada"}`)
	send("a-key-of-madrid", `{"nome": "Ada"}`) // an unknown field
	send("another-key", `{"name": "Ada"}`)
	// Output:
	// 200 application/json
	// 400 application/problem+json
	// 401 application/problem+json
}
