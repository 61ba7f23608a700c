package seal_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"inventory.example/services/notifier/internal/seal"
)

var (
	first  = base64.StdEncoding.EncodeToString([]byte(strings.Repeat("1", 32)))
	second = hex.EncodeToString([]byte(strings.Repeat("2", 32)))
)

func parse(t *testing.T, text string) seal.Keys {
	t.Helper()
	k, err := seal.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeys(t *testing.T) {
	const secret, place = "whsec_of a webhook", "secret of 1"
	one, both, other, none := parse(t, first), parse(t, second+" , "+first), parse(t, second), parse(t, "")
	sealed := one.Seal(secret, place)
	if strings.Contains(sealed, secret) || sealed == one.Seal(secret, place) {
		t.Errorf("sealed as %s, twice", sealed)
	}
	if got, err := both.Open(sealed, place); got != secret || err != nil {
		t.Errorf("a second key opened %q, %v", got, err)
	}
	flipped := []byte(sealed)
	flipped[len(flipped)-5] ^= 1
	for name, open := range map[string]func() (string, error){
		"another key":   func() (string, error) { return other.Open(sealed, place) },
		"no key":        func() (string, error) { return none.Open(sealed, place) },
		"another place": func() (string, error) { return one.Open(sealed, "secret of 2") },
		"changed":       func() (string, error) { return one.Open(string(flipped), place) },
		"cut off":       func() (string, error) { return one.Open(sealed[:len(sealed)-60], place) },
		"no base64":     func() (string, error) { return one.Open(sealed+"!", place) },
	} {
		if got, err := open(); got != "" || !errors.Is(err, seal.ErrKey) {
			t.Errorf("%s: opened %q, %v", name, got, err)
		}
	}
	for _, k := range []seal.Keys{one, none} {
		if got, err := k.Open(secret, place); got != secret || err != nil {
			t.Errorf("a text in clear became %q, %v", got, err)
		}
	}
	if none.Seal(secret, place) != secret || one.Seal("", place) != "" {
		t.Error("sealed without a key, or nothing")
	}
	for name, current := range map[string]bool{
		"first key": one.Current(sealed), "nothing": one.Current(""), "no key": none.Current(secret),
		"not the second key": !both.Current(sealed), "not clear": !one.Current(secret), "not sealed": !none.Current(sealed),
	} {
		if !current {
			t.Errorf("Current is wrong about: %s", name)
		}
	}
}

func TestParse_Refuses(t *testing.T) {
	for _, text := range []string{
		"x", first[:40], second + "00", first + ",", "," + first, first + "," + first[:10], strings.Repeat("1", 32), first + ";" + second,
	} {
		if _, err := seal.Parse(text); err == nil || len(text) > 1 && strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), "32 bytes") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if len(base64.StdEncoding.EncodeToString(make([]byte, 48))) != 64 {
		t.Error("64 hexadecimal digits are not base64 of 48 bytes")
	}
}
