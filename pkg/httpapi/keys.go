package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"

	"inventory.example/pkg/problem"
)

// DevelopmentKeys are well-known keys for a developer's machine, in the form of
// ParseKeys. They protect nothing.
const DevelopmentKeys = "dev-key-store-001:Store Madrid,dev-key-store-002:Store Barcelona,dev-key-admin:Admin"

// maxKeyBytes and maxKeyName are the bounds of ParseKeys.
const (
	maxKeyBytes = 512
	maxKeyName  = 64
)

type digest = [sha256.Size]byte

type scope int

const (
	scopeNone scope = iota
	scopeAll
	scopeRead
	scopeStores
)

// Keys are the API keys that a service accepts. Only their SHA-256 digests are
// kept. A nil Keys has none. Keys does not change and is safe for concurrent
// use.
type Keys struct{ entries []keyEntry }

type keyEntry struct {
	digest digest
	caller Caller
	short  bool // it has less than MinKeyBytes
}

// ParseKeys reads "key:name[:scope],…", where scope is * (the default), read,
// or store ids joined by '|'. Space around an entry and its parts is ignored;
// "" gives no keys. No key may have one of the reserved names. The error
// reports every wrong entry by its number and never shows a key, nor anything
// else of an entry: the parts may have been mixed up.
func ParseKeys(s string, reserved ...string) (*Keys, error) {
	keys := &Keys{}
	if s = strings.TrimSpace(s); s == "" {
		return keys, nil
	}
	var all []error
	for i, text := range strings.Split(s, ",") {
		entry, err := parseKey(text, reserved)
		if err == nil {
			err = keys.clash(entry)
		}
		if err != nil {
			all = append(all, fmt.Errorf("API key %d: %w", i+1, err))
			continue
		}
		keys.entries = append(keys.entries, entry)
	}
	if len(all) > 0 {
		return nil, errors.Join(all...)
	}
	return keys, nil
}

func parseKey(text string, reserved []string) (keyEntry, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 2 && len(parts) != 3 {
		return keyEntry{}, errors.New("must have the form key:name or key:name:scope")
	}
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	key, name := parts[0], parts[1]
	if len(key) == 0 || len(key) > maxKeyBytes || !visibleASCII(key) {
		return keyEntry{}, fmt.Errorf("the key must be 1 to %d visible ASCII characters", maxKeyBytes)
	}
	var checks problem.Checks
	checks.Text("name", name, 1, maxKeyName)
	if checks.Err() != nil || name == internalCaller || slices.Contains(reserved, name) {
		return keyEntry{}, fmt.Errorf("the name must be 1 to %d printable characters and not %q, nor the name of a service",
			maxKeyName, internalCaller)
	}
	caller := Caller{Name: name, scope: scopeAll}
	if len(parts) == 3 {
		var err error
		if caller.scope, caller.stores, err = parseScope(parts[2]); err != nil {
			return keyEntry{}, err
		}
	}
	return keyEntry{digest: sha256.Sum256([]byte(key)), caller: caller, short: len(key) < MinKeyBytes}, nil
}

func parseScope(s string) (scope, []string, error) {
	switch s {
	case "*":
		return scopeAll, nil, nil
	case "read":
		return scopeRead, nil, nil
	}
	stores := strings.Split(s, "|")
	for i, id := range stores {
		var checks problem.Checks
		checks.StoreID("scope", id)
		// A store could be called read, but in a list its author probably meant
		// the scope.
		if checks.Err() != nil || id == "read" {
			return scopeNone, nil, fmt.Errorf("the scope must be *, read, or store ids joined by '|'; part %d is not one", i+1)
		}
	}
	slices.Sort(stores)
	return scopeStores, slices.Compact(stores), nil
}

// clash returns an error when the entry contradicts one before. Keys of one
// name are one caller, so that a key can be replaced without losing its
// idempotency keys: they must have the same scope, or one would get results
// meant for the other.
func (k *Keys) clash(entry keyEntry) error {
	for _, e := range k.entries {
		if e.digest == entry.digest {
			return errors.New("the same key was given before")
		}
		if e.caller.Name == entry.caller.Name && !e.caller.sameScope(entry.caller) {
			return errors.New("another key has the same name and another scope")
		}
	}
	return nil
}

func (c Caller) sameScope(other Caller) bool {
	return c.scope == other.scope && slices.Equal(c.stores, other.stores)
}

// MinKeyBytes is the length that an API key or a service key must have outside
// development.
const MinKeyBytes = 16

// CheckLength returns an error for each key that is shorter than MinKeyBytes. It
// names the key's number and name, but not a name that could be a key.
func (k *Keys) CheckLength() []error {
	var all []error
	for i, e := range k.entries {
		if !e.short {
			continue
		}
		named := ""
		if name := e.caller.Name; len(name) < MinKeyBytes || strings.Contains(name, " ") {
			named = fmt.Sprintf(" (%q)", name)
		}
		all = append(all, fmt.Errorf("API key %d%s must have at least %d characters outside development", i+1, named, MinKeyBytes))
	}
	return all
}

// Empty reports whether there are no keys.
func (k *Keys) Empty() bool { return k == nil || len(k.entries) == 0 }

// HasDevelopmentKeys reports whether one of DevelopmentKeys is accepted, under
// any name.
func (k *Keys) HasDevelopmentKeys() bool {
	if k.Empty() {
		return false
	}
	for entry := range strings.SplitSeq(DevelopmentKeys, ",") {
		key, _, _ := strings.Cut(entry, ":")
		if k.find(key) >= 0 {
			return true
		}
	}
	return false
}

// find returns the index of key, -1 when it is not there. It compares with
// every digest, so that its duration reveals nothing.
func (k *Keys) find(key string) int {
	given := sha256.Sum256([]byte(key))
	found := -1
	for i := range k.entries {
		equal := subtle.ConstantTimeCompare(given[:], k.entries[i].digest[:])
		found = subtle.ConstantTimeSelect(equal, i, found)
	}
	return found
}

func visibleASCII(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
