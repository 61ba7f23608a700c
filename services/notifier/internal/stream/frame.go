package stream

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"sync"

	"inventory.example/services/notifier/internal/feed"
)

// Frame is an entry on its way to the readers.
type Frame struct {
	feed.Entry

	once sync.Once
	text []byte
}

// Text returns the entry as a server-sent event: its seq as id, its type and
// its document. The text is shared by all readers and must not be changed.
func (f *Frame) Text() []byte {
	f.once.Do(func() {
		document := f.Event.Document()
		text := make([]byte, 0, len(document)+len(f.Event.Type)+40)
		text = append(text, "id: "...)
		text = strconv.AppendInt(text, f.Seq, 10)
		if !strings.ContainsAny(string(f.Event.Type), "\r\n") { // no type of this system has one
			text = append(text, "\nevent: "...)
			text = append(text, f.Event.Type...)
		}
		text = append(text, "\ndata: "...)
		text = append(text, oneLine(document)...)
		text = append(text, "\n\n"...)
		f.text = text
	})
	return f.text
}

// oneLine returns a JSON document without line ends. JSON has them between tokens
// only, and in a server-sent event they would end the field.
func oneLine(document []byte) []byte {
	if !bytes.ContainsAny(document, "\r\n") {
		return document
	}
	var compact bytes.Buffer
	_ = json.Compact(&compact, document) // an event's document is JSON, see events.Decode
	return compact.Bytes()
}
