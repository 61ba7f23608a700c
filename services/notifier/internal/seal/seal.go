// Package seal encrypts short secrets with AES-256-GCM before they are stored, and
// decrypts texts that any of its keys encrypted.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// keyBytes is the length of a key: AES-256.
const keyBytes = 32

// prefix begins each sealed text; the id of its key follows, and the base64 of
// nonce and ciphertext. No secret of a webhook begins with it.
const prefix = "sealed:v1:"

// ErrKey is the error of Open for a text that none of the keys encrypted, or that was
// changed afterwards.
var ErrKey = errors.New("none of the keys decrypts it")

// Keys encrypt with the first key and decrypt with each. Without a key they
// do not change texts. They are safe for concurrent use.
type Keys struct{ list []key }

type key struct {
	id   string // the beginning of the key's SHA-256, which does not reveal the key
	aead cipher.AEAD
}

// Parse reads keys that are separated by commas, each 32 bytes in base64 or hex.
// An empty text has no key. The error does not show the text.
func Parse(text string) (Keys, error) {
	var k Keys
	if strings.TrimSpace(text) == "" {
		return k, nil
	}
	for i, part := range strings.Split(text, ",") {
		bytes, err := decode(strings.TrimSpace(part))
		if err != nil {
			return Keys{}, fmt.Errorf("key %d %w", i+1, err)
		}
		block, err := aes.NewCipher(bytes)
		if err != nil {
			return Keys{}, fmt.Errorf("key %d: %w", i+1, err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return Keys{}, fmt.Errorf("key %d: %w", i+1, err)
		}
		sum := sha256.Sum256(bytes)
		k.list = append(k.list, key{id: hex.EncodeToString(sum[:4]), aead: aead})
	}
	return k, nil
}

// decode returns the bytes of a key. 64 hexadecimal digits are also base64, of
// 48 bytes, so the length decides.
func decode(text string) ([]byte, error) {
	for _, from := range []func(string) ([]byte, error){
		hex.DecodeString, base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString,
		base64.URLEncoding.DecodeString, base64.RawURLEncoding.DecodeString,
	} {
		if bytes, err := from(text); err == nil && len(bytes) == keyBytes {
			return bytes, nil
		}
	}
	return nil, fmt.Errorf("must be %d bytes in base64 or hex", keyBytes)
}

// Seal encrypts text with the first key. Open needs the same place, such as the
// name of a column and the id of its row: a sealed text that is moved elsewhere
// does not open there.
func (k Keys) Seal(text, place string) string {
	if len(k.list) == 0 || text == "" {
		return text
	}
	first := k.list[0]
	nonce := make([]byte, first.aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails, see crypto/rand
	return prefix + first.id + ":" + base64.RawStdEncoding.EncodeToString(first.aead.Seal(nonce, nonce, []byte(text), []byte(place)))
}

// Open returns the text that Seal encrypted for the same place. It returns a text
// that is not sealed unchanged. Its error is ErrKey.
func (k Keys) Open(sealed, place string) (string, error) {
	rest, is := strings.CutPrefix(sealed, prefix)
	if !is {
		return sealed, nil
	}
	id, encoded, _ := strings.Cut(rest, ":")
	bytes, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil {
		return "", ErrKey
	}
	for _, key := range k.list {
		size := key.aead.NonceSize()
		if key.id != id || len(bytes) < size {
			continue
		}
		if text, err := key.aead.Open(nil, bytes[:size], bytes[size:], []byte(place)); err == nil {
			return string(text), nil
		}
	}
	return "", ErrKey
}

// Current reports whether text has the form that Seal returns now: encrypted by the
// first key or, without a key, not encrypted.
func (k Keys) Current(text string) bool {
	if len(k.list) == 0 || text == "" {
		return !strings.HasPrefix(text, prefix)
	}
	return strings.HasPrefix(text, prefix+k.list[0].id+":")
}
