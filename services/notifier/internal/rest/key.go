package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
)

// keyResponse is the API key of a request, as its owner sees it.
type keyResponse struct {
	Name   string `json:"name"`
	Access string `json:"access"`
	// Stores are those of a key of some stores, otherwise nil.
	Stores []string `json:"stores,omitempty"`
}

// getKey serves GET /key: the name of the caller's key and its access, so that a
// program for people offers nothing that the services would refuse.
func (h handlers) getKey(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	caller := httpapi.CallerOf(c)
	response := keyResponse{Name: caller.Name, Access: "stores", Stores: caller.Stores()}
	switch {
	case caller.MayUse(httpapi.Unrestricted):
		response.Access = "all"
	case !caller.MayUse(httpapi.Writer):
		response.Access = "read"
	}
	httpapi.JSON(c, http.StatusOK, response)
	return nil
}
