package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
)

func TestLimits_internalBodies(t *testing.T) {
	limits := httpapi.DefaultLimits()
	limits.MaxBodyBytes = 16
	api, err := httpapi.New(httpapi.Options{Service: "test", ServiceKey: "service-key", Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	handle := func(c *gin.Context) error {
		if _, err := httpapi.Decode[struct {
			Text string `json:"text"`
		}](c); err != nil {
			return err
		}
		c.Status(http.StatusNoContent)
		return nil
	}
	api.Handle(http.MethodPost, "/internal", httpapi.Internal, handle)
	api.Handle(http.MethodPost, "/public", httpapi.Public, handle)
	for path, want := range map[string]int{"/internal": http.StatusNoContent, "/public": http.StatusRequestEntityTooLarge} {
		request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(`{"text":"longer than the limit"}`))
		request.Header.Set("X-Service-Key", "service-key")
		response := httptest.NewRecorder()
		api.Handler().ServeHTTP(response, request)
		if response.Code != want {
			t.Errorf("POST %s returned %d, want %d: %s", path, response.Code, want, response.Body)
		}
	}
}
