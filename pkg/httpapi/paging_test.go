package httpapi_test

import (
	"encoding/base64"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
)

// TestCursor: a cursor returns its key to the list that created it, and any
// other text is refused.
func TestCursor(t *testing.T) {
	key := paging.Key{"a\"<é", int64(-7)}
	columns := []paging.Column{paging.Text, paging.Number}
	var cursor string
	err := within(t, "GET", "/s/1?q=x&limit=3", "", func(c *gin.Context) error {
		cursor = httpapi.Cursor(c, key)
		if none := httpapi.Cursor(c, nil); none != "" {
			t.Errorf("the cursor of no key is %q", none)
		}
		return nil
	})
	if err != nil || cursor == "" {
		t.Fatalf("%q, %v", cursor, err)
	}
	read := func(target string, columns ...paging.Column) (page paging.Page, err error) {
		err = within(t, "GET", target, "", func(c *gin.Context) (err error) {
			page, err = httpapi.PageOf(c, columns...)
			return err
		})
		return page, err
	}
	page, err := read("/s/1?limit=9&q=x&cursor="+cursor, columns...)
	if want := (paging.Page{Limit: 9, After: key}); err != nil || !reflect.DeepEqual(page, want) {
		t.Errorf("%+v, %v, want %+v", page, err, want)
	}
	content, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		t.Fatal(err)
	}
	forged := func(old, text string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(content), old, text, 1)))
	}
	for name, bad := range map[string]string{
		"another list": "/s/2?q=x&cursor=" + cursor, "other filters": "/s/1?q=y&cursor=" + cursor, "fewer filters": "/s/1?cursor=" + cursor,
		"empty": "/s/1?q=x&cursor=", "cut off": "/s/1?q=x&cursor=" + cursor[:len(cursor)-4], "padded": "/s/1?q=x&cursor=" + cursor + "%3D",
		"long": "/s/1?q=x&cursor=" + strings.Repeat("A", 1025), "with an offset": "/s/1?q=x&offset=0&cursor=" + cursor,
		"with a page": "/s/1?q=x&page=1&cursor=" + cursor, "no JSON": "/s/1?q=x&cursor=QUJD", "text for a number": "/s/1?q=x&cursor=" + forged("-7", `"-7"`),
		"a fraction": "/s/1?q=x&cursor=" + forged("-7", "7.5"), "too large": "/s/1?q=x&cursor=" + forged("-7", "9223372036854775808"),
		"a key too many": "/s/1?q=x&cursor=" + forged("-7", "-7,1"), "more behind it": "/s/1?q=x&cursor=" + forged("-7]", "-7]]"),
		"null": "/s/1?q=x&cursor=" + forged("-7", "null"),
	} {
		if page, err := read(bad, columns...); err == nil {
			t.Errorf("%s: %+v", name, page)
		}
	}
	if page, err := read("/s/1?q=x&cursor="+cursor, paging.Text); err == nil {
		t.Errorf("a key of another length: %+v", page)
	}
}
